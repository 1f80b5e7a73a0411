/**
 * SipHash-2-4 (Aumasson and Bernstein 2012): a short checksum that only holders of the 16-byte key
 * can make. Words of 64 bits lie in the array as pairs of 32, lower half first: v0, v1, v2, v3, and
 * the message word.
 */
import { assert } from '../assert.js'
import { uint32At } from '../wire/bytes.js'

export const sipKeyBytes = 16
export const sipTagBytes = 8

const v0 = 0
const v1 = 2
const v2 = 4
const v3 = 6
const word = 8

const start = [
  0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462,
]

/** Eight bytes, as in the paper's own test vectors: lowest first. */
export function sipHash24(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  assert(key.length === sipKeyBytes, 'a SipHash key has 16 bytes')
  const words = new Int32Array(10)
  start.forEach((half, at) => (words[at] = half ^ uint32At(key, (at % 4) * 4)))
  let at = 0
  for (; at + 8 <= bytes.length; at += 8) {
    absorb(words, uint32At(bytes, at), uint32At(bytes, at + 4))
  }
  const last = new Uint8Array(8)
  last.set(bytes.subarray(at))
  last[7] = bytes.length
  absorb(words, uint32At(last, 0), uint32At(last, 4))
  words[v2] = (words[v2] as number) ^ 0xff
  for (let round = 0; round < 4; round++) sipRound(words)
  return tagOf(words)
}

function absorb(words: Int32Array, low: number, high: number): void {
  words[word] = low
  words[word + 1] = high
  xor(words, v3, word)
  sipRound(words)
  sipRound(words)
  xor(words, v0, word)
}

function tagOf(words: Int32Array): Uint8Array {
  xor(words, v0, v1)
  xor(words, v0, v2)
  xor(words, v0, v3)
  const tag = new Uint8Array(sipTagBytes)
  for (let i = 0; i < sipTagBytes; i++) tag[i] = (words[i >> 2] as number) >>> (8 * (i & 3))
  return tag
}

function sipRound(words: Int32Array): void {
  add(words, v0, v1)
  turn(words, v1, 13)
  xor(words, v1, v0)
  swap(words, v0)
  add(words, v2, v3)
  turn(words, v3, 16)
  xor(words, v3, v2)
  add(words, v0, v3)
  turn(words, v3, 21)
  xor(words, v3, v0)
  add(words, v2, v1)
  turn(words, v1, 17)
  xor(words, v1, v2)
  swap(words, v2)
}

function add(words: Int32Array, to: number, from: number): void {
  const low = ((words[to] as number) >>> 0) + ((words[from] as number) >>> 0)
  words[to] = low
  words[to + 1] =
    (words[to + 1] as number) + (words[from + 1] as number) + (low > 0xffffffff ? 1 : 0)
}

function xor(words: Int32Array, to: number, from: number): void {
  words[to] = (words[to] as number) ^ (words[from] as number)
  words[to + 1] = (words[to + 1] as number) ^ (words[from + 1] as number)
}

/** Rotates left by fewer than 32 bits. */
function turn(words: Int32Array, at: number, bits: number): void {
  const low = words[at] as number
  const high = words[at + 1] as number
  words[at] = (low << bits) | (high >>> (32 - bits))
  words[at + 1] = (high << bits) | (low >>> (32 - bits))
}

/** Rotates by 32 bits. */
function swap(words: Int32Array, at: number): void {
  const low = words[at] as number
  words[at] = words[at + 1] as number
  words[at + 1] = low
}
