/** Calls every operation of a sandboxed facade and meets its errors. Ends with an exception if an answer is not right. */
import { basic, bearer, connect, sessions } from "./connection.js";
import * as failures from "./failures.js";
import * as others from "./others.js";
import * as publish from "./publish.js";
import { close } from "./report.js";
import * as users from "./users.js";

const { FACADE_USER: user = "api@example.com", FACADE_PASSWORD: password = "sandbox" } = process.env;

const anonymous = connect();
await others.serving(anonymous);
await publish.health(anonymous);
const token = await others.token(anonymous, user, password);
await publish.metricWithToken(connect(bearer(token)));

const transport = connect(basic(user, password));
await publish.oneByOne(transport);
await publish.batch(transport);
await publish.stream(transport);
await others.tickets(transport);
await users.allOperations(transport);
await failures.ofRequests(transport);
await failures.ofAPlan(transport);
await failures.ofCredentials(user, password, token);
await failures.ofUpstreams(transport);
await failures.retried(transport);
await failures.ofTime(transport);
close();
sessions.abort(); // an open connection would keep the process alive
