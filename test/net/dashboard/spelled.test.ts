/** Keys with letters that cannot be seen, as the list of keys shows them. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pieces } from '../../../net/dashboard/page/spelled.js'

/** Signs in brackets. */
const shown = (key: string): string =>
  pieces(key)
    .map(({ text, isSign }) => (isSign ? `[${text}]` : text))
    .join('')

test('keys: blanks and control characters are seen, where a browser would not show them', () => {
  const cases: readonly (readonly [key: string, expected: string])[] = [
    ['cart', 'cart'],
    ['a cart/ü 😀', 'a cart/ü 😀'],
    [' ', '[·]'],
    [' a', '[·]a'],
    ['a ', 'a[·]'],
    ['a  b', 'a[··]b'],
    ['\t\n', '[\\t][\\n]'],
    ['\0', '[U+0000]'],
    ['\u001b[31m', '[U+001B][31m'],
    ['\u007f', '[U+007F]'],
    ['a\u200bb', 'a[U+200B]b'],
    ['\u00a0', '[U+00A0]'],
    ['\u202eabc', '[U+202E]abc'],
    ['\ufeff', '[U+FEFF]'],
    ['\u3164', '[U+3164]'],
    ['\udb40\udc01', '[U+E0001]'],
  ]
  for (const [key, expected] of cases) assert.is(shown(key), expected, JSON.stringify(key))
})

test('keys: two that differ never look alike for want of a letter', () => {
  const letter = fc.constantFrom('a', ' ', '\t', '\u200b', '\u00a0', '\0')
  const key = fc.array(letter, { maxLength: 6 }).map((letters) => letters.join(''))
  fc.assert(
    fc.property(key, key, (one, other) => {
      if (one !== other) assert.is.not(shown(one).trim(), shown(other).trim())
    }),
    { seed: 1, numRuns: 2_000 },
  )
})

test.run()
