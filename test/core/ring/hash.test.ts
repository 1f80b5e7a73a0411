import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keyRef, placementHash, placementHigh } from '../../../core/index.js'

const root = resolve(fileURLToPath(import.meta.url), '../../../..').replace(/[\\/]dist$/, '')

interface Golden {
  readonly bucket: string
  readonly key: string
  readonly hash: string
  readonly partition64: number
}

const golden = JSON.parse(
  readFileSync(join(root, 'test/core/ring/hash.golden.json'), 'utf8'),
) as readonly Golden[]

const hex = (half: number): string => half.toString(16).padStart(8, '0')

test('hash: the golden vectors, which another language wrote', () => {
  assert.ok(golden.length >= 20)
  for (const { bucket, key, hash, partition64 } of golden) {
    const { high, low } = placementHash(`${bucket}\0${key}`)
    assert.is(hex(high) + hex(low), hash, JSON.stringify([bucket, key]))
    assert.is(keyRef(bucket, key, 64).partition, partition64)
  }
})

/** The dumb twin: bytes as WTF-8 one character at a time, arithmetic in big integers. */
function hashByTheBook(text: string): bigint {
  const mask = (1n << 64n) - 1n
  let hash = 0xcbf29ce484222325n
  for (const character of text) {
    for (const byte of bytesOf(character.codePointAt(0) as number)) {
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & mask
    }
  }
  for (const factor of [0xff51afd7ed558ccdn, 0xc4ceb9fe1a85ec53n]) {
    hash = ((hash ^ (hash >> 33n)) * factor) & mask
  }
  return hash ^ (hash >> 33n)
}

function bytesOf(code: number): number[] {
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f)
  if (code < 0x80) return [code]
  if (code < 0x800) return [0xc0 | (code >> 6), tail(0)]
  if (code < 0x10000) return [0xe0 | (code >> 12), tail(6), tail(0)]
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)]
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0xd7f0, max: 0xe00f }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
)

test('hash: any text, lone surrogates too, as by the book', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { high, low } = placementHash(text)
      assert.is((BigInt(high) << 32n) | BigInt(low), hashByTheBook(text))
      assert.is(placementHigh(text), high)
    }),
    { seed: 1, numRuns: 5_000 },
  )
})

test('hash: well-formed text has the hash of its UTF-8', () => {
  const encoder = new TextEncoder()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const bytes = [...text].flatMap((character) => bytesOf(character.codePointAt(0) as number))
      assert.equal(Uint8Array.from(bytes), encoder.encode(text))
      const { high, low } = placementHash(text)
      assert.is((BigInt(high) << 32n) | BigInt(low), hashByTheBook(text))
    }),
    { seed: 2, numRuns: 500 },
  )
})

test('key: its id, hash and partition follow from bucket and key', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 0, max: 20 }), (bucket, key, bits) => {
      const ref = keyRef(bucket, key, 2 ** bits)
      assert.is(ref.id, `${bucket}\0${key}`)
      const high = placementHigh(ref.id)
      assert.is(ref.hash, high | 0)
      assert.is(ref.partition, Math.floor((high * 2 ** bits) / 2 ** 32))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('key: numbered keys, the usual ones, fill all partitions evenly', () => {
  const partitions = 64
  const keys = 64_000
  for (const prefix of ['', 'user', 'cart-', 'key/0000']) {
    const counts = new Array<number>(partitions).fill(0)
    for (let i = 0; i < keys; i++) {
      const { partition } = keyRef('default', prefix + String(i), partitions)
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    const expected = keys / partitions
    const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 63 degrees of freedom: a fair hash is above 104 once in a thousand times.
    assert.ok(chi < 104, `${prefix}: chi-square ${String(chi)}`)
  }
})

test('hash: one flipped bit of a key flips about half of the upper 32 bits', () => {
  let flipped = 0
  let trials = 0
  for (let i = 0; i < 500; i++) {
    const key = `default\0key-${String(i)}`
    const before = placementHigh(key)
    for (let at = 8; at < key.length; at++) {
      for (let bit = 0; bit < 6; bit++) {
        const changed = String.fromCharCode(key.charCodeAt(at) ^ (1 << bit))
        const after = placementHigh(key.slice(0, at) + changed + key.slice(at + 1))
        for (let difference = before ^ after; difference !== 0; difference &= difference - 1)
          flipped++
        trials++
      }
    }
  }
  assert.ok(Math.abs(flipped / trials - 16) < 0.2, String(flipped / trials))
})

test.run()
