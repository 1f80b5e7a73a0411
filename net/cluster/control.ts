/**
 * Where a local cluster is told what to do with its nodes: HTTP on the loopback, for who knows the
 * token that stands in the cluster's folder. A page in a browser does not, and a request that says
 * it comes from one is refused besides.
 *
 *   GET /nodes                                       all of them, and how they are
 *   POST /nodes/n2/(start|stop|restart|kill|pause|resume)
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Supervisor } from './supervisor.js'
import { messageOf } from './supervisor.js'

export interface Control {
  readonly url: string
  readonly token: string
  close(): void
}

export function openControl(supervisor: Supervisor): Promise<Control> {
  const token = randomBytes(24).toString('base64url')
  const server = createServer(
    { maxHeaderSize: 8_192, headersTimeout: 5_000 },
    (request, response) => {
      request.resume()
      void answer(supervisor, token, request, response)
    },
  )
  server.maxConnections = 64
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => done(controlOf(server, token)))
  })
}

function controlOf(server: Server, token: string): Control {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${String(port)}`,
    token,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(
  supervisor: Supervisor,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const say = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(body)}\n`)
  }
  const { headers, method, url = '' } = request
  if (headers.origin !== undefined || !knows(headers.authorization, token)) {
    say(401, { error: 'the token of this cluster is missing: see control.json in its folder' })
    return
  }
  const wish = /^\/nodes\/([\w-]{1,64})\/([a-z]{1,16})$/.exec(url)
  if (method === 'GET' && url === '/nodes') say(200, { nodes: supervisor.status() })
  else if (method === 'POST' && wish !== null) {
    try {
      await supervisor.act(wish[1] as string, wish[2] as string)
      say(200, { nodes: supervisor.status() })
    } catch (error) {
      say(409, { error: messageOf(error) })
    }
  } else say(404, { error: 'GET /nodes or POST /nodes/NAME/ACT' })
}

/** Digests are compared: they have one length, and in a time that says nothing. */
function knows(authorization: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`))
}
