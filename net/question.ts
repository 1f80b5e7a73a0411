/**
 * A question of one node to another, on the port for links, without a link: both sides prove that
 * they know the cluster's secret, the question carries the time of day, so that a recorded one is
 * of no use for long, and the answer is proven over the question's nonce.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { NodeId } from '../core/index.js'
import type { Address } from './address.js'
import type { Keyring, Secret } from './secret.js'
import { proof, sameProof, secretOfLabel } from './secret.js'
import type { PeerTls } from './tls.js'
import { dialTls } from './tls.js'

export interface QuestionOptions {
  readonly clusterId: string
  readonly self: string
  /** Who is to answer, by its certificate where there is TLS; null: any member. */
  readonly peer: NodeId | null
  readonly keyring: Keyring
  readonly tls: PeerTls | null
  readonly timeoutMillis: number
}

const mostBytes = 1 << 20
/** Two clocks may differ by this much. */
const mostSkewSeconds = 120

/** `topic`: the path without its slash, and the query. */
const questionProof = (
  secret: Secret,
  topic: string,
  cluster: string,
  from: string,
  nonce: string,
  at: string,
) => proof(secret, [`${topic}?`, cluster, from, nonce, at])

const answerProof = (secret: Secret, topic: string, nonce: string, body: string) =>
  proof(secret, [`${topic}!`, nonce, body])

/** The body of the answer, if it is proven; rejects with why there is none. */
export async function askPeer(
  address: Address,
  topic: string,
  options: QuestionOptions,
): Promise<string> {
  const { clusterId, self, keyring } = options
  const secret = keyring.first
  const nonce = randomBytes(16).toString('hex')
  const at = String(Math.floor(Date.now() / 1_000))
  const headers = {
    'x-cluster': clusterId,
    'x-from': self,
    'x-secret': secret.label,
    'x-nonce': nonce,
    'x-time': at,
    'x-proof': questionProof(secret, topic, clusterId, self, nonce, at).toString('hex'),
  }
  const { status, proven, body } = await fetchText(address, topic, headers, options)
  if (status !== 200) throw new Error(`refused (${String(status)}): ${body.slice(0, 200)}`)
  if (!sameProof(Buffer.from(proven, 'hex'), answerProof(secret, topic, nonce, body))) {
    throw new Error('the other side does not know the secret of this cluster')
  }
  return body
}

interface Fetched {
  readonly status: number
  readonly proven: string
  readonly body: string
}

function fetchText(
  { host, port }: Address,
  topic: string,
  headers: Record<string, string>,
  { tls, peer, timeoutMillis }: QuestionOptions,
): Promise<Fetched> {
  const path = `/${topic}`
  const settings = { host, port, path, headers, agent: false, timeout: timeoutMillis }
  return new Promise((done, fail) => {
    const request =
      tls === null ? httpRequest(settings) : httpsRequest({ ...settings, ...dialTls(tls, peer) })
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('error', fail)
    request.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
        if (body.length > mostBytes) request.destroy(new Error('too long an answer'))
      })
      response.on('error', fail)
      response.on('end', () => {
        const proven = response.headers['x-proof']
        const status = response.statusCode ?? 0
        done({ status, proven: typeof proven === 'string' ? proven : '', body })
      })
    })
    request.end()
  })
}

/** Answers `askPeer` of another node; `bodyOf` is asked only by who has proven the secret. */
export function answerPeer(
  request: IncomingMessage,
  response: ServerResponse,
  own: { readonly clusterId: string; readonly keyring: Keyring },
  bodyOf: () => string,
): void {
  const { headers, url = '' } = request
  const topic = url.slice(1)
  const secret = provenSecret(headers, topic, own)
  if (secret === null) {
    response.writeHead(401, { connection: 'close' }).end('another cluster, secret or time of day\n')
    return
  }
  const body = bodyOf()
  const proven = answerProof(secret, topic, String(headers['x-nonce']), body).toString('hex')
  response.writeHead(200, { 'content-type': 'application/json', 'x-proof': proven }).end(body)
}

/** The secret that the question proves; null: it proves none. */
function provenSecret(
  headers: IncomingHttpHeaders,
  topic: string,
  { clusterId, keyring }: { readonly clusterId: string; readonly keyring: Keyring },
): Secret | null {
  const [cluster, from, label, nonce, at, proven] = [
    'x-cluster',
    'x-from',
    'x-secret',
    'x-nonce',
    'x-time',
    'x-proof',
  ].map((name) => {
    const value = headers[name]
    return typeof value === 'string' && value.length <= 128 ? value : ''
  }) as [string, string, string, string, string, string]
  const secret = secretOfLabel(keyring, label)
  const skew = Math.abs(Number(at) - Date.now() / 1_000)
  if (secret === null || cluster !== clusterId || !(skew <= mostSkewSeconds)) return null
  const expected = questionProof(secret, topic, cluster, from, nonce, at)
  return sameProof(Buffer.from(proven, 'hex'), expected) ? secret : null
}
