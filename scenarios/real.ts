/**
 * Logarithm and exponential from + - * / alone, which IEEE 754 fixes to the last bit. Math.log
 * and Math.exp may differ in that bit from engine to engine, one bit can move a rounding, and
 * one moved microsecond or key is another run. Within about 2 units in the last place of the
 * true value.
 */

const naturalTwoHigh = 6.9314718036912381649e-1
const naturalTwoLow = 1.90821492927058770002e-10
const naturalTwo = 0.6931471805599453
const rootTwo = 1.4142135623730951

/** The bits of one double, for splitting off its exponent. Read at once after each write. */
const double = new Float64Array(1)
const words = new Int32Array(double.buffer)
/** Index of the word with sign and exponent: 1 on little-endian machines, 0 on the others. */
const high = endOf()

function endOf(): 0 | 1 {
  double[0] = 1
  return words[0] === 0 ? 1 : 0
}

/** Natural logarithm; x is normal and above 0. x = m 2^e, ln m = 2 artanh((m - 1) / (m + 1)). */
export function logarithm(x: number): number {
  double[0] = x
  const word = words[high] ?? 0
  let exponent = (word >>> 20) - 1023
  words[high] = (word & 0xfffff) | 0x3ff00000
  let mantissa = double[0]
  if (mantissa > rootTwo) {
    mantissa /= 2
    exponent += 1
  }
  const s = (mantissa - 1) / (mantissa + 1)
  const z = s * s
  // Two short sums instead of a long one: the processor works on both at once.
  const y = z * z
  const odd = 1 / 3 + y * (1 / 7 + y * (1 / 11 + y * (1 / 15 + y * (1 / 19 + y / 23))))
  const even = 1 / 5 + y * (1 / 9 + y * (1 / 13 + y * (1 / 17 + y / 21)))
  const sum = z * odd + y * even
  return exponent * naturalTwoHigh + (2 * s + (2 * s * sum + exponent * naturalTwoLow))
}

/** e^x. Below -700 it is 0, above 700 Infinity: farther than anything here goes. */
export function exponential(x: number): number {
  if (x > 700) return Infinity
  if (x < -700) return 0
  const doublings = Math.round(x / naturalTwo)
  const r = x - doublings * naturalTwoHigh - doublings * naturalTwoLow
  const y = r * r
  const odd =
    1 +
    y *
      (1 / 6 +
        y *
          (1 / 120 +
            y * (1 / 5_040 + y * (1 / 362_880 + y * (1 / 39_916_800 + y / 6_227_020_800)))))
  const even = 1 / 2 + y * (1 / 24 + y * (1 / 720 + y * (1 / 40_320 + y / 3_628_800)))
  double[0] = 1 + (r * odd + y * (even + (y * y * y * y * y) / 479_001_600))
  words[high] = (words[high] ?? 0) + doublings * 0x100000
  return double[0]
}
