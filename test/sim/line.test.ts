import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as fc from 'fast-check'
import { encode, LineWriter } from '../../sim/line.js'

function written(write: (lines: LineWriter) => void): { text: string; pieces: number } {
  const chunks: Buffer[] = []
  const lines = new LineWriter((bytes) => chunks.push(Buffer.from(bytes)))
  write(lines)
  lines.flush()
  return { text: Buffer.concat(chunks).toString(), pieces: chunks.length }
}

test('line: any text comes out as UTF-8, as Buffer encodes it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), (texts) => {
      const { text } = written((lines) => texts.forEach((one) => lines.text(one)))
      assert.is(text, Buffer.from(texts.join('')).toString())
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('line: a surrogate without its other half becomes the replacement character', () => {
  const { text } = written((lines) => lines.text('a\ud800b\udc00'))
  assert.is(text, 'a\ufffdb\ufffd')
})

test('line: safe integers of every size', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      assert.is(written((lines) => lines.integer(value)).text, String(value))
    }),
    { seed: 1, numRuns: 500 },
  )
  for (const value of [0, 9, 10, 999_999_999, 1_000_000_000, 1_000_000_001, -1, 2 ** 53 - 1]) {
    assert.is(written((lines) => lines.integer(value)).text, String(value))
  }
})

test('line: part of a text, in quotes, and a constant part', () => {
  const { text } = written((lines) => {
    lines.part(encode('{"größe":'))
    lines.quoted('c3.17~~~~', 5)
    lines.byte(125)
    lines.end()
  })
  assert.is(text, '{"größe":"c3.17"}\n')
})

test('line: a long output is handed on in pieces that end with whole lines', () => {
  const line = 'x'.repeat(999)
  const chunks: string[] = []
  const lines = new LineWriter((bytes) => chunks.push(Buffer.from(bytes).toString()))
  for (let i = 0; i < 2_000; i++) {
    lines.text(line)
    lines.end()
  }
  assert.ok(chunks.length > 1, 'handed on before the end')
  lines.flush()
  assert.ok(chunks.every((chunk) => chunk.endsWith('x\n')))
  assert.is(chunks.join('').length, 2_000 * 1_000)
})

test('line: a line longer than a piece is not cut', () => {
  const long = 'é'.repeat(400_000)
  const { text, pieces } = written((lines) => {
    lines.text(long)
    lines.end()
    lines.text('short')
    lines.end()
  })
  assert.is(text, `${long}\nshort\n`)
  assert.is(pieces, 2)
})

test.run()
