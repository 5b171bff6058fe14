// graphql-yoga over `fetch`, as most teams write it.
import { createYoga } from 'graphql-yoga'
import { schema } from './schema.mjs'
import { serve } from './serve.mjs'
import { Upstreams } from './upstreams.mjs'

const base = process.env.UPSTREAM.replace(/\/$/, '')

const upstreams = new Upstreams(async (method, path, headers, body) => {
  const response = await fetch(base + path, { method, headers, body })
  return { status: response.status, document: await response.json() }
})

serve(createYoga({ schema: schema(upstreams), graphiql: false }))
