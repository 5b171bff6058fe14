// Composes the subgraphs of the JSON on standard input ({subgraphs: {name: SDL}, query}) as a gateway does, and plans the
// query. Prints {errors, hints, fetches}: what each subgraph would be sent.
import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { Supergraph, operationFromDocument } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';

const { subgraphs, query } = JSON.parse(readFileSync(0, 'utf8'));
const services = Object.entries(subgraphs).map(([name, sdl]) => ({ name, typeDefs: parse(sdl) }));
const { errors, hints, supergraphSdl } = composeServices(services);

function* fetched(node) {
  if (node?.kind === 'Fetch') {
    yield { subgraph: node.serviceName, document: node.operation, requires: node.requires ?? null };
  }
  for (const inner of node?.nodes ?? [node?.node].filter(Boolean)) {
    yield* fetched(inner);
  }
}

function plan() {
  const supergraph = Supergraph.build(supergraphSdl);
  const operation = operationFromDocument(supergraph.apiSchema(), parse(query));
  return [...fetched(new QueryPlanner(supergraph).buildQueryPlan(operation).node)];
}

console.log(JSON.stringify({
  errors: (errors ?? []).map((error) => error.message),
  hints: (hints ?? []).map((hint) => hint.message),
  fetches: supergraphSdl ? plan() : [],
}));
