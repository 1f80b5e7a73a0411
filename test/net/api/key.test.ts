/** Keys and values: whatever goes in comes back. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytesOfKey, decodeKey, encodeKey, keyOfBytes } from '../../../net/api/key.js'
import {
  bytesOf,
  checkedContentType,
  storedBytes,
  valueMembers,
  valueOf,
} from '../../../net/api/value.js'

const runs = { seed: 7, numRuns: 2_000 }
const percent = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

test('key: every sequence of bytes is a key of its own', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 12 }), (a, b) => {
      const key = keyOfBytes(a)
      assert.equal(new Uint8Array(bytesOfKey(key)), a)
      assert.is(decodeKey(percent(a)), key)
      assert.is(decodeKey(encodeKey(key)), key)
      assert.is(keyOfBytes(b) === key, Buffer.compare(a, b) === 0)
    }),
    runs,
  )
})

test('key: text is the text it is, as decodeURIComponent reads it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.is(decodeKey(encodeURIComponent(text)), text)
      assert.is(decodeURIComponent(encodeKey(text)), text)
    }),
    runs,
  )
})

test('key: what is not encoded rightly is refused', () => {
  for (const segment of ['%', '%4', '%zz', '%-1', 'a b', 'a/b', 'a?b', 'é', '%0x1']) {
    assert.is(decodeKey(segment), null, segment)
  }
})

test('value: bytes and their type come back, and JSON is stored as it is', () => {
  const types = fc.constantFrom('text/plain', 'image/png', 'text/html; charset=utf-8')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), types, (bytes, contentType) => {
      const value = valueOf(storedBytes(Buffer.from(bytes), contentType))
      if (value.kind !== 'bytes') throw new Error('bytes are expected')
      assert.is(value.contentType, contentType)
      assert.equal(new Uint8Array(bytesOf(value.text, value.encoding)), bytes)
    }),
    runs,
  )
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.equal(valueOf(text), { kind: 'json', text })
      assert.is(valueMembers(text), `"value":${text}`)
    }),
    runs,
  )
})

test('value: a content type that could break a header is refused', () => {
  for (const good of ['a/b', 'a/b;c=d', 'a/b; c="d e"', 'application/vnd.x+json; v=1; w=2']) {
    assert.is(checkedContentType(good), good)
  }
  for (const bad of ['', 'a', 'a/b\r\nx: y', 'a/b;', 'a/b; c="', 'a/é', `a/${'b'.repeat(300)}`]) {
    assert.is(checkedContentType(bad), null, bad)
  }
})

test.run()
