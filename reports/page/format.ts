/**
 * Numbers with their units, as a person reads them; the same on every machine, so that reports can
 * be compared.
 */

/** A number and its unit stay on one line. */
const gap = '\u00a0'

/** 12,345 */
export function count(value: number): string {
  const [whole = '', rest] = String(value).split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return rest === undefined ? grouped : `${grouped}.${rest}`
}

/** At most `digits` significant digits, no zeros at the end, never in the form 1e-7. */
export function short(value: number, digits = 3): string {
  if (value === 0 || !Number.isFinite(value)) return String(value)
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  const decimals = Math.max(0, Math.min(12, digits - 1 - magnitude))
  const text = value.toFixed(decimals)
  return count(Number(decimals === 0 ? text : trimmed(text)))
}

/** 99.98%. Never 100% while something is missing, never 0% while something is there. */
export function percent(share: number): string {
  const value = share * 100
  if (value >= 100 || value <= 0) return `${String(Math.min(100, Math.max(0, value)))}%`
  // As many digits as it takes not to reach the end that was to be avoided (99.96 to one decimal).
  for (let digits = value > 10 ? 1 : 2; digits <= 3; digits++) {
    const text = value.toFixed(digits)
    if (Number(text) < 100 && Number(text) > 0) return `${trimmed(text)}%`
  }
  return value > 50 ? '>99.999%' : '<0.001%'
}

const trimmed = (text: string): string => text.replace(/\.?0+$/, '')

/** 310 µs, 4.1 ms, 1.25 s, 2 min 5 s. */
export function duration(micros: number): string {
  const size = Math.abs(micros)
  if (size < 999.5) return `${short(micros)}${gap}µs`
  if (size < 999_500) return `${short(micros / 1000)}${gap}ms`
  if (size < 60_000_000) return `${short(micros / 1e6)}${gap}s`
  const seconds = Math.round(micros / 1e6)
  const rest = seconds % 60
  const minutes = `${count(Math.floor(seconds / 60))}${gap}min`
  return rest === 0 ? minutes : `${minutes} ${String(rest)}${gap}s`
}

/** A point in time of the run: 10.4 s. */
export const moment = (micros: number): string =>
  `${count(Number((micros / 1e6).toFixed(3)))}${gap}s`

export function bytes(value: number): string {
  if (value < 1024) return `${count(value)}${gap}B`
  if (value < 1024 ** 2) return `${short(value / 1024)}${gap}KiB`
  if (value < 1024 ** 3) return `${short(value / 1024 ** 2)}${gap}MiB`
  return `${short(value / 1024 ** 3)}${gap}GiB`
}

/** `plural(1, 'operation')` is `1 operation`. */
export const plural = (value: number, noun: string, many = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : many}`

/** a, b and c */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`
}

/** monotonic_reads: as words. */
export const words = (name: string): string => name.replaceAll('_', ' ')

export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
