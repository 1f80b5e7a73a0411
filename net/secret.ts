/**
 * The cluster's secrets: what nodes prove to each other, and seal packets with. The first one seals
 * and proves; any of them opens. So a secret is changed without a break: add the new one behind the
 * old one on every node, then put it in front, then take the old one away.
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export interface Secret {
  /** Tells secrets apart in public, and says nothing about them: eight hex digits. */
  readonly label: string
  readonly key: Buffer
}

export interface Keyring {
  readonly first: Secret
  readonly all: readonly Secret[]
  /** False: no secret was given, and anybody on this machine can make these. */
  readonly secret: boolean
}

/** `texts`: as they stand in files and variables, without white space around them. */
export function keyringOf(texts: readonly string[], clusterId: string): Keyring {
  const given = texts.length === 0 ? [`open:${clusterId}`] : texts
  const all = given.map((text) => secretOf(text))
  return { first: all[0] as Secret, all, secret: texts.length > 0 }
}

function secretOf(text: string): Secret {
  const key = Buffer.from(hkdfSync('sha256', text, 'dynamo-sim', 'cluster', 32))
  const label = createHash('sha256').update('label').update(key).digest('hex').slice(0, 8)
  return { label, key }
}

export const secretOfLabel = (ring: Keyring, label: string): Secret | null =>
  ring.all.find((secret) => secret.label === label) ?? null

/** A key for one purpose: what one use gives away says nothing of the others. */
export function derive(secret: Secret, salt: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret.key, salt, purpose, 32))
}

/** That its maker knows the secret. Parts are told apart by their lengths. */
export function proof(secret: Secret, parts: readonly string[]): Buffer {
  const hmac = createHmac('sha256', derive(secret, new Uint8Array(0), 'link'))
  for (const part of parts) hmac.update(`${String(Buffer.byteLength(part))}:`).update(part)
  return hmac.digest()
}

/** In a time that does not depend on where they differ. */
export const sameProof = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && timingSafeEqual(left, right)
