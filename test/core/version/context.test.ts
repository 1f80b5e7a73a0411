import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Context } from '../../../core/index.js'
import {
  actorOf,
  AssertionError,
  decodeContext,
  emptyVector,
  encodeContext,
  maxContextCharacters,
  nodeId,
} from '../../../core/index.js'
import { sipHash24 } from '../../../core/version/siphash.js'
import { fromBase64, toBase64 } from '../../../core/version/base64.js'
import { pure } from '../freeze.js'
import { vectors } from './arbitrary.js'

const secret = Uint8Array.from({ length: 16 }, (_, i) => i * 7)
const contexts: fc.Arbitrary<Context> = fc.record(
  { keyHash: fc.integer(), vv: vectors },
  { noNullPrototype: true },
)
const settings = { seed: 1, numRuns: 500 }
const example: Context = {
  keyHash: 0xdeadbeef | 0,
  vv: [
    { actor: actorOf(nodeId('n1'), 0), n: 17 },
    { actor: actorOf(nodeId('n2'), 3), n: Number.MAX_SAFE_INTEGER },
  ],
}

test('context: comes back as it was, in characters that a URL may hold', () => {
  fc.assert(
    fc.property(contexts, (context) => {
      const token = pure(encodeContext)(context, secret)
      assert.match(token, /^[A-Za-z0-9_-]+$/)
      assert.equal(pure(decodeContext)(token, secret), context)
    }),
    settings,
  )
})

test('context: the token of a known context stays what it is', () => {
  assert.is(encodeContext(example, secret), 'Ae_9tvUNAgRuMTowEQRuMjoz_________w88joRdEVqKsQ')
})

test('context: any one character changed, dropped or doubled is refused', () => {
  const token = encodeContext(example, secret)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ '
  for (let i = 0; i < token.length; i++) {
    const [before, after] = [token.slice(0, i), token.slice(i + 1)]
    for (const character of alphabet) {
      if (character === token.charAt(i)) continue
      assert.is(decodeContext(before + character + after, secret), null)
    }
    assert.is(decodeContext(before + after, secret), null)
    assert.is(decodeContext(before + token.charAt(i) + token.charAt(i) + after, secret), null)
    assert.is(decodeContext(before, secret), null)
  }
})

test('context: of another cluster is refused', () => {
  const other = secret.slice()
  other[15] = 1
  assert.is(decodeContext(encodeContext(example, secret), other), null)
})

/** Any bytes under a tag that holds: what another version of ourselves might have signed. */
function signed(...bytes: readonly number[]): string {
  const body = Uint8Array.from(bytes)
  return toBase64(Uint8Array.from([...body, ...sipHash24(secret, body)]))
}

test('context: a tag that holds does not make nonsense a context', () => {
  const entry = [1, 0x61, 5]
  assert.ok(decodeContext(signed(1, 7, 1, ...entry), secret) !== null, 'the forgery itself works')
  assert.is(decodeContext(signed(1, 7, 1, ...entry, 0), secret), null, 'bytes left over')
  assert.is(decodeContext(signed(1, 7, 2, ...entry), secret), null, 'too few')
  assert.is(decodeContext(signed(1, 7, 2, ...entry, ...entry), secret), null, 'an actor twice')
  assert.is(decodeContext(signed(2, 7, 1, ...entry), secret), null, 'another format')
  assert.is(decodeContext(signed(1, 0x80, 0x80, 0x80, 0x80, 0x10, 0), secret), null, 'a wide hash')
  assert.is(decodeContext(signed(), secret), null)
})

test('context: any text at all is refused and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
      assert.is(decodeContext(text, secret), null)
    }),
    settings,
  )
})

test('context: too long a token is refused unread, too long a vector is a mistake of ours', () => {
  assert.is(decodeContext('A'.repeat(maxContextCharacters + 1), secret), null)
  const vv = Array.from({ length: 2_000 }, (_, i) => ({
    actor: actorOf(nodeId(`n${String(i + 1_000)}`), 0),
    n: 1,
  }))
  assert.throws(
    () => encodeContext({ keyHash: 1, vv }, secret),
    (e: unknown) => e instanceof AssertionError,
  )
  const fits = { keyHash: 1, vv: vv.slice(0, 1_000) }
  assert.equal(decodeContext(encodeContext(fits, secret), secret), fits)
  const empty = { keyHash: 0, vv: emptyVector }
  assert.equal(decodeContext(encodeContext(empty, secret), secret), empty)
})

test('base64url: as the platform writes it, and only what it writes is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = toBase64(bytes)
      assert.is(text, Buffer.from(bytes).toString('base64url'))
      assert.equal(fromBase64(text), bytes)
    }),
    settings,
  )
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_=-]*$/), (text) => {
      const bytes = fromBase64(text)
      if (bytes !== null) assert.is(toBase64(bytes), text)
    }),
    settings,
  )
})

test.run()
