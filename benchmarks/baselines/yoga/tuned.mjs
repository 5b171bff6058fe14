// graphql-yoga over undici's own request on a pool of connections: what a team has that has measured it.
import { createYoga } from 'graphql-yoga'
import { Pool } from 'undici'
import { schema } from './schema.mjs'
import { serve } from './serve.mjs'
import { Upstreams } from './upstreams.mjs'

const TIMEOUT = 30_000 // milliseconds

const pool = new Pool(new URL(process.env.UPSTREAM).origin, {
  connections: 128,
  pipelining: 1, // a write must not wait behind another on its connection
  keepAliveTimeout: 60_000,
  headersTimeout: TIMEOUT,
  bodyTimeout: TIMEOUT,
})

const upstreams = new Upstreams(async (method, path, headers, body) => {
  const { statusCode, body: answer } = await pool.request({ method, path, headers, body })
  return { status: statusCode, document: await answer.json() }
})

// Parsed and validated documents are cached by default.
serve(createYoga({ schema: schema(upstreams), logging: false, graphiql: false, landingPage: false }))
