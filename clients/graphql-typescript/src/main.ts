/** Calls every operation of a facade on its sandbox, and meets every kind of error; see the README beside it. */

import { basic, errors } from "./errors.js";
import { Facade } from "./facade.js";
import { operations } from "./operations.js";
import { close } from "./told.js";

const address = process.env["FACADE_HTTP_ADDRESS"] ?? "127.0.0.1:8080";
const facade = new Facade(`http://${address}/graphql`, basic("api@example.com", "sandbox"));
await operations(facade);
await errors(facade);
close("graphql-typescript");
