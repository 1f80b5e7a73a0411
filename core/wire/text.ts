/** Bytes as text: UTF-8, and the three bytes of a surrogate alone (WTF-8). */

/** As many as a call may have arguments on any engine, with room to spare. */
const chunk = 4_096

export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at += chunk) {
    // A plain array: `apply` is several times slower on a view of bytes.
    const units = new Array<number>(Math.min(chunk, end - at))
    for (let i = 0; i < units.length; i++) units[i] = bytes[at + i] as number
    text += String.fromCharCode.apply(null, units)
  }
  return text
}

export function unitsText(units: readonly number[]): string {
  let text = ''
  for (let at = 0; at < units.length; at += chunk) {
    text += String.fromCharCode.apply(null, units.slice(at, at + chunk))
  }
  return text
}

const leastOfSize = [0, 0, 0x80, 0x800, 0x10000]

/** Null for anything that the writer would not have written. */
export function decodeUnits(bytes: Uint8Array, start: number, end: number): number[] | null {
  const units: number[] = []
  let at = start
  while (at < end) {
    const lead = bytes[at++] as number
    if (lead < 0x80) {
      units.push(lead)
      continue
    }
    const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
    if (lead < 0xc2 || lead > 0xf4 || at + size - 1 > end) return null
    let code = lead & (0xff >> (size + 1))
    for (let i = 1; i < size; i++) {
      const next = bytes[at++] as number
      if ((next & 0xc0) !== 0x80) return null
      code = (code << 6) | (next & 0x3f)
    }
    if (code < (leastOfSize[size] as number) || code > 0x10ffff) return null
    if (code >= 0x10000) {
      units.push(0xd800 | ((code - 0x10000) >>> 10), 0xdc00 | ((code - 0x10000) & 0x3ff))
    } else if (isLow(code) && isHigh(units[units.length - 1])) return null
    else units.push(code)
  }
  return units
}

const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00
const isHigh = (unit: number | undefined): boolean =>
  unit !== undefined && (unit & 0xfc00) === 0xd800
