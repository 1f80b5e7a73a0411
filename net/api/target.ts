/** The form in which a request names what it wants: RFC 9112, section 3.2. */
import type { IncomingMessage } from 'node:http'

const absolute = /^https?:\/\/([^/?#]*)([^]*)$/i

/**
 * A whole URL, as proxies send it, means what its path means, and the host in it counts instead of
 * the header. Left as it is, it would be one thing to who looks at its beginning and another to a
 * router that knows whole URLs.
 */
export function toOriginForm(request: IncomingMessage): void {
  const { url = '/' } = request
  if (url.startsWith('/')) return
  const [, host, path = ''] = absolute.exec(url) ?? []
  if (host === undefined) return
  request.headers.host = host
  request.url = path.startsWith('/') ? path : `/${path}`
}
