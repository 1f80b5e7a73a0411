/**
 * Certificates for tests: an authority and what it signs, made on the spot. Just enough of X.509
 * (RFC 5280), in DER.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { PeerTls } from '../../net/tls.js'

export class Authority {
  readonly #name: string
  readonly #key: KeyObject
  readonly certificate: string

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#name = name
    this.#key = privateKey
    this.certificate = this.#certify(name, publicKey, [basicConstraints])
  }

  /** What a node of that name shows. */
  issue(name: string): PeerTls {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const certificate = this.#certify(name, publicKey, [alternativeName(name)])
    return { certificate, key: key.toString(), authority: this.certificate }
  }

  #certify(name: string, key: KeyObject, extensions: readonly Buffer[]): string {
    const signed = sequence(
      tagged(0xa0, integer(2)),
      // Always four bytes: DER takes no integer with a byte to spare.
      integer(Math.floor(Math.random() * 2 ** 29) + 2 ** 29),
      ecdsaWithSha256,
      nameOf(this.#name),
      sequence(utcTime(-86_400_000), utcTime(10 * 86_400_000)),
      nameOf(name),
      key.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions)),
    )
    const signature = sign('sha256', signed, this.#key)
    const der = sequence(signed, ecdsaWithSha256, tagged(0x03, Buffer.of(0), signature))
    const lines = der.toString('base64').match(/.{1,64}/g) ?? []
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  }
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const size =
    length < 0x80
      ? Buffer.of(length)
      : length < 0x100
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 0xff)
  return Buffer.concat([Buffer.of(tag), size, body])
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts)
const oid = (...bytes: readonly number[]): Buffer => tagged(0x06, Buffer.from(bytes))

/** As few bytes as hold it, and its sign: whatever is longer is no DER, and is refused. */
function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  let from = 0
  while (from < 3 && bytes[from] === 0 && (bytes[from + 1] as number) < 0x80) from++
  return tagged(0x02, bytes.subarray(from))
}

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const commonName = oid(0x55, 0x04, 0x03)

const nameOf = (name: string): Buffer =>
  sequence(tagged(0x31, sequence(commonName, tagged(0x0c, Buffer.from(name)))))

function utcTime(fromNowMillis: number): Buffer {
  const text = new Date(Date.now() + fromNowMillis).toISOString()
  return tagged(0x17, Buffer.from(`${text.slice(2, 19).replace(/[-:T]/g, '')}Z`))
}

const extension = (id: Buffer, critical: boolean, value: Buffer): Buffer =>
  sequence(id, ...(critical ? [tagged(0x01, Buffer.of(0xff))] : []), tagged(0x04, value))

const basicConstraints = extension(
  oid(0x55, 0x1d, 0x13),
  true,
  sequence(tagged(0x01, Buffer.of(0xff))),
)

const alternativeName = (name: string): Buffer =>
  extension(oid(0x55, 0x1d, 0x11), false, sequence(tagged(0x82, Buffer.from(name))))
