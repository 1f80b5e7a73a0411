/**
 * Packets, sealed (AES-256-GCM) so that nobody without a secret of the cluster can read, change or
 * repeat one:
 *
 *   version (1) | label (4) | from (8) | to (8) | counter (6) | sealed: type (1), body | tag (16)
 *
 * `from` is drawn at random at the start of every life, and a life's key is derived from it and the
 * secret, so the counter alone is a nonce that never comes twice under a key, whatever became of
 * the disk. `to` is the receiver's own `from`: a packet for an earlier life of the receiver, which
 * has forgotten what it saw then, is not for this one. What is in clear is covered by the tag.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Keyring, Secret } from './secret.js'
import { derive } from './secret.js'

const version = 1
const lifeBytes = 8
const clearBytes = 1 + 4 + 2 * lifeBytes + 6
const tagBytes = 16
/** What a packet is longer than its body. */
export const sealBytes = clearBytes + 1 + tagBytes
const mostKeys = 1_024

/** One life of one node, in hexadecimal digits. */
export type Life = string
export const nowhere: Life = '0'.repeat(2 * lifeBytes)

export interface Opened {
  readonly from: Life
  readonly to: Life
  readonly counter: number
  readonly type: number
  readonly body: Uint8Array
}

export class Sealer {
  readonly life: Life = randomBytes(lifeBytes).toString('hex')
  readonly #keyring: Keyring
  readonly #own: Buffer
  /** Keys derived, by label and life; only of packets that opened. */
  readonly #keys = new Map<string, Buffer>()
  #counter = 0

  constructor(keyring: Keyring) {
    this.#keyring = keyring
    this.#own = keyOf(keyring.first, this.life)
  }

  /** Of the latest packet sealed. */
  get counter(): number {
    return this.#counter
  }

  seal(to: Life, type: number, body: Uint8Array): Buffer {
    const clear = Buffer.alloc(clearBytes)
    const { first } = this.#keyring
    this.#counter++
    clear[0] = version
    clear.write(first.label, 1, 4, 'hex')
    clear.write(this.life, 5, lifeBytes, 'hex')
    clear.write(to, 5 + lifeBytes, lifeBytes, 'hex')
    clear.writeUIntLE(this.#counter, 5 + 2 * lifeBytes, 6)
    const cipher = createCipheriv('aes-256-gcm', this.#own, nonceOf(clear))
    cipher.setAAD(clear)
    const sealed = [cipher.update(Uint8Array.of(type)), cipher.update(body), cipher.final()]
    return Buffer.concat([clear, ...sealed, cipher.getAuthTag()])
  }

  /** Null for anything that no node of this cluster has sealed. */
  open(packet: Buffer): Opened | null {
    if (packet.length < sealBytes || packet[0] !== version) return null
    const clear = packet.subarray(0, clearBytes)
    const label = clear.toString('hex', 1, 5)
    const from = clear.toString('hex', 5, 5 + lifeBytes)
    const secret = this.#keyring.all.find((each) => each.label === label)
    if (secret === undefined) return null
    const name = `${label}/${from}`
    const key = this.#keys.get(name) ?? keyOf(secret, from)
    const opened = decipher(key, clear, packet)
    if (opened === null) return null
    this.#keep(name, key)
    return {
      from,
      to: clear.toString('hex', 5 + lifeBytes, 5 + 2 * lifeBytes),
      counter: clear.readUIntLE(5 + 2 * lifeBytes, 6),
      type: opened[0] as number,
      body: opened.subarray(1),
    }
  }

  #keep(name: string, key: Buffer): void {
    if (this.#keys.size >= mostKeys) this.#keys.clear()
    this.#keys.set(name, key)
  }
}

const keyOf = (secret: Secret, life: Life): Buffer =>
  derive(secret, Buffer.from(life, 'hex'), 'packet')

function nonceOf(clear: Buffer): Buffer {
  const nonce = Buffer.alloc(12)
  clear.copy(nonce, 0, 5 + 2 * lifeBytes)
  return nonce
}

function decipher(key: Buffer, clear: Buffer, packet: Buffer): Buffer | null {
  const opener = createDecipheriv('aes-256-gcm', key, nonceOf(clear), { authTagLength: tagBytes })
  opener.setAAD(clear)
  opener.setAuthTag(packet.subarray(packet.length - tagBytes))
  const body = opener.update(packet.subarray(clearBytes, packet.length - tagBytes))
  try {
    opener.final()
  } catch {
    return null
  }
  return body
}
