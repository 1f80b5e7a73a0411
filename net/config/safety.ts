/** Who may listen and talk: secrets, tokens, certificates, and what is refused without them. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Problems } from '../../scenarios/decode.js'
import type { Path } from '../../scenarios/source.js'
import { formatAddress, isLoopback } from '../address.js'
import type { ApiTls, Token } from '../api/options.js'
import type { PeerTls } from '../tls.js'
import type { NodeDraft, Places } from './draft.js'
import type { Listen } from './model.js'
import type { Surroundings } from './surroundings.js'

/** Shorter ones can be guessed. */
const leastSecretCharacters = 16

interface Source {
  readonly file?: string | undefined
  readonly env?: string | undefined
}

export function resolveSecrets(
  draft: NodeDraft,
  surroundings: Surroundings,
  problems: Problems,
): readonly string[] {
  return (draft.secrets ?? []).flatMap((source, index) => {
    const path = ['secrets', index]
    return source === undefined ? [] : secretAt(source, path, surroundings, problems)
  })
}

export function resolveTokens(
  draft: NodeDraft,
  surroundings: Surroundings,
  problems: Problems,
): readonly Token[] {
  return (draft.tokens ?? []).flatMap((token, index) => {
    const path = ['tokens', index]
    if (token?.name === undefined || token.role === undefined) return []
    const { name, role, file, env } = token
    if ((file === undefined) === (env === undefined)) {
      problems.add(
        path,
        'give a token either a file or a variable: { file: NAME } or { env: NAME }',
      )
      return []
    }
    return secretAt(token, path, surroundings, problems).map((secret) => ({ name, role, secret }))
  })
}

/** None if there is none, with the reason told; what it says is never told. */
function secretAt(
  { file, env }: Source,
  path: Path,
  { readFile, variable }: Surroundings,
  problems: Problems,
): readonly string[] {
  const [text, where] =
    file === undefined
      ? [variable(env ?? '') ?? null, `the variable ${env ?? ''}`]
      : [readFile(file), `the file ${file}`]
  if (text === null) {
    problems.add(path, `${where} is not there`)
    return []
  }
  const secret = text.trim()
  if (secret.length >= leastSecretCharacters) return [secret]
  const least = String(leastSecretCharacters)
  problems.add(path, `${where} holds fewer than ${least} characters: a secret must not be guessed`)
  return []
}

export function resolveTls(
  { tls = {} }: NodeDraft,
  surroundings: Surroundings,
  problems: Problems,
): { readonly peerTls: PeerTls | null; readonly clientTls: ApiTls | null } {
  const { peer, client } = tls
  const read = (name: string | undefined, path: Path, kind: 'key' | 'certificate') =>
    pemAt(name, path, kind, surroundings, problems)
  let peerTls: PeerTls | null = null
  let clientTls: ApiTls | null = null
  if (peer !== undefined) {
    const certificate = read(peer.cert, ['tls', 'peer', 'cert'], 'certificate')
    const key = read(peer.key, ['tls', 'peer', 'key'], 'key')
    const authority = read(peer.ca, ['tls', 'peer', 'ca'], 'certificate')
    if (certificate !== null && key !== null && authority !== null) {
      peerTls = { certificate, key, authority }
      checkPair(certificate, key, ['tls', 'peer', 'key'], problems)
    }
  }
  if (client !== undefined) {
    const cert = read(client.cert, ['tls', 'client', 'cert'], 'certificate')
    const key = read(client.key, ['tls', 'client', 'key'], 'key')
    const ca = read(client.ca, ['tls', 'client', 'ca'], 'certificate')
    if (cert !== null && key !== null) {
      clientTls = { cert, key, ...(ca !== null && { ca }) }
      checkPair(cert, key, ['tls', 'client', 'key'], problems)
    }
  }
  return { peerTls, clientTls }
}

function pemAt(
  name: string | undefined,
  path: Path,
  kind: 'key' | 'certificate',
  { readFile }: Surroundings,
  problems: Problems,
): string | null {
  if (name === undefined) return null
  const text = readFile(name)
  if (text === null) problems.add(path, `the file ${name} is not there`)
  else if (!isPem(text, kind)) problems.add(path, `the file ${name} holds no ${kind} (PEM)`)
  else return text
  return null
}

function isPem(text: string, kind: 'key' | 'certificate'): boolean {
  try {
    if (kind === 'key') createPrivateKey(text)
    else new X509Certificate(text)
    return true
  } catch {
    return false
  }
}

function checkPair(certificate: string, key: string, path: Path, problems: Problems): void {
  if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return
  problems.add(path, 'is not the key of that certificate')
}

interface Safety {
  readonly secrets: readonly string[]
  readonly tokens: readonly Token[]
  readonly peerTls: PeerTls | null
  readonly clientTls: ApiTls | null
  readonly insecure: boolean
  readonly places: Places
}

/** On an address that others reach, nobody may listen in on or speak for a node. */
export function checkSafety(
  listen: Listen,
  draft: NodeDraft,
  { secrets, tokens, peerTls, clientTls, insecure, places }: Safety,
  problems: Problems,
): void {
  checkCertificate(draft, peerTls, problems)
  if (insecure || problems.touch('tls') || problems.touch('secrets')) return
  const say = (address: Listen['http'], lacks: string, fix: string): void => {
    const where = `${formatAddress(address)} can be reached from elsewhere`
    problems.add(places.listen, `${where}, but ${lacks}: ${fix}, or start with --insecure`)
  }
  const { http, peer, udp } = listen
  if (!isLoopback(http.host) && clientTls === null) {
    say(http, 'clients would talk in the clear', 'set tls.client')
  }
  if (!isLoopback(http.host) && tokens.length === 0 && clientTls?.ca === undefined) {
    say(http, 'everybody might do everything', 'set tokens, or tls.client.ca')
  }
  if (!isLoopback(peer.host) && peerTls === null) {
    say(peer, 'nodes would talk in the clear', 'set tls.peer')
  }
  if (!(isLoopback(peer.host) && isLoopback(udp.host)) && secrets.length === 0) {
    say(udp, 'anybody could pose as a node', 'set secrets')
  }
}

/** A node that shows the certificate of another is turned away by every peer: say so at once. */
function checkCertificate({ id }: NodeDraft, tls: PeerTls | null, problems: Problems): void {
  if (tls === null || id === undefined) return
  const certificate = new X509Certificate(tls.certificate)
  const said = `${certificate.subject ?? ''}\n${certificate.subjectAltName ?? ''}`
  const names = said.split(/\n|, /)
  if (names.includes(`CN=${id}`) || names.includes(`DNS:${id}`)) return
  problems.add(['tls', 'peer', 'cert'], `is not for ${id}: its name must be that of the node`)
}
