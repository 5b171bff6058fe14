// Serves a request listener on a port that the system chooses, told on standard output, until SIGTERM.
import { createServer } from 'node:http'

const GRACE = 1000 // milliseconds that requests in flight get at the end

export function serve(listener) {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}`))
  process.once('SIGTERM', () => {
    server.close(() => process.exit())
    setTimeout(() => process.exit(), GRACE)
  })
}
