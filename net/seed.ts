/**
 * How a node that knows only one or two addresses learns who the others are: it asks, on the port
 * for links, and both sides prove that they know the secret. It learns nothing but the member list;
 * where keys live follows from that.
 *
 * The question carries the time of day, so that a recorded one is of no use for long; the answer is
 * proven over the question's nonce.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Address } from './address.js'
import type { PeerConfig } from './config/model.js'
import type { Keyring, Secret } from './secret.js'
import { proof, sameProof, secretOfLabel } from './secret.js'
import type { PeerTls } from './tls.js'
import { dialTls } from './tls.js'

export const membersPath = '/members'

export interface KnownMember extends Omit<PeerConfig, 'id'> {
  readonly id: string
  readonly zone: string
  readonly weight: number
}

export interface SeedOptions {
  readonly clusterId: string
  readonly self: string
  readonly keyring: Keyring
  readonly tls: PeerTls | null
  readonly timeoutMillis: number
}

const mostBytes = 1 << 20
/** Two clocks may differ by this much. */
const mostSkewSeconds = 120

const questionProof = (secret: Secret, cluster: string, from: string, nonce: string, at: string) =>
  proof(secret, ['members?', cluster, from, nonce, at])
const answerProof = (secret: Secret, nonce: string, body: string) =>
  proof(secret, ['members!', nonce, body])

/** All members that the node there knows, itself among them. */
export async function askSeed(seed: Address, options: SeedOptions): Promise<KnownMember[]> {
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
    'x-proof': questionProof(secret, clusterId, self, nonce, at).toString('hex'),
  }
  const { status, proven, body } = await fetchText(seed, headers, options)
  if (status !== 200) throw new Error(`refused (${String(status)}): ${body.slice(0, 200)}`)
  if (!sameProof(Buffer.from(proven, 'hex'), answerProof(secret, nonce, body))) {
    throw new Error('the other side does not know the secret of this cluster')
  }
  return membersIn(body, seed)
}

interface Fetched {
  readonly status: number
  readonly proven: string
  readonly body: string
}

function fetchText(
  { host, port }: Address,
  headers: Record<string, string>,
  { tls, timeoutMillis }: SeedOptions,
): Promise<Fetched> {
  const settings = { host, port, path: membersPath, headers, agent: false, timeout: timeoutMillis }
  return new Promise((done, fail) => {
    const request =
      tls === null ? httpRequest(settings) : httpsRequest({ ...settings, ...dialTls(tls, null) })
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

/** What stands for "any address" at the other end is where we have reached it. */
function membersIn(body: string, seed: Address): KnownMember[] {
  const { members } = JSON.parse(body) as { members: KnownMember[] }
  const reached = (address: Address): Address =>
    ['0.0.0.0', '::'].includes(address.host) ? { ...address, host: seed.host } : address
  return members.map((member) => ({
    ...member,
    http: reached(member.http),
    peer: reached(member.peer),
    udp: reached(member.udp),
  }))
}

export interface MembersSource {
  readonly clusterId: string
  readonly keyring: Keyring
  readonly members: readonly KnownMember[]
}

/** Answers `askSeed` of another node. */
export function answerMembers(
  request: IncomingMessage,
  response: ServerResponse,
  source: MembersSource,
): void {
  const { headers } = request
  const secret = provenSecret(headers, source)
  if (secret === null) {
    response.writeHead(401, { connection: 'close' }).end('another cluster, secret or time of day\n')
    return
  }
  const body = JSON.stringify({ members: source.members })
  const proven = answerProof(secret, String(headers['x-nonce']), body).toString('hex')
  response.writeHead(200, { 'content-type': 'application/json', 'x-proof': proven }).end(body)
}

/** The secret that the question proves; null: it proves none. */
function provenSecret(
  headers: IncomingHttpHeaders,
  { clusterId, keyring }: MembersSource,
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
  const expected = questionProof(secret, cluster, from, nonce, at)
  return sameProof(Buffer.from(proven, 'hex'), expected) ? secret : null
}
