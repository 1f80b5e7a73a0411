/**
 * Durations, sizes, rates, bandwidths and probabilities: from the text of a scenario to
 * integers, and back. Decimals are taken digit by digit, never through a floating-point
 * product, so that `0.3ms` is 300 micros exactly and a value finer than its unit is refused
 * instead of rounded.
 */

/** The value, or what is wrong with the text: a sentence that names the fix. */
export type Parsed = { readonly value: number } | { readonly problem: string }

interface Unit {
  readonly name: string
  /** In the smallest unit that the model counts in. */
  readonly scale: number
}

const durationUnits: readonly Unit[] = [
  { name: 'us', scale: 1 },
  { name: 'ms', scale: 1_000 },
  { name: 's', scale: 1_000_000 },
  { name: 'm', scale: 60_000_000 },
  { name: 'h', scale: 3_600_000_000 },
]
const sizeUnits: readonly Unit[] = [
  { name: 'B', scale: 1 },
  { name: 'kB', scale: 1_000 },
  { name: 'KiB', scale: 1_024 },
  { name: 'MB', scale: 1_000_000 },
  { name: 'MiB', scale: 1_048_576 },
]
const bandwidthUnits: readonly Unit[] = [
  { name: 'bit/s', scale: 1 },
  { name: 'kbit/s', scale: 1_000 },
  { name: 'Mbit/s', scale: 1_000_000 },
  { name: 'Gbit/s', scale: 1_000_000_000 },
]

const day = 86_400_000_000
const million = 1_000_000

/** An optional sign, digits, perhaps decimals, perhaps a space, a unit. */
const quantity = /^([+-]?)(\d{1,15})(?:\.(\d{1,9}))? ?([A-Za-zµ/%]*)$/

/** Integer micros, at most a day; negative only where `signed`. */
export function parseDuration(text: string, signed = false): Parsed {
  const value = scaled(text, durationUnits, 'a duration', '250us, 1.5ms, 10s, 2m or 1h')
  if ('problem' in value) return value
  if (value.value < 0 && !signed) return refuse(`${text} is negative: a duration cannot be`)
  if (Math.abs(value.value) > day) return refuse(`${text} is longer than 24h, the most there is`)
  return value
}

/** Bytes. */
export function parseSize(text: string): Parsed {
  return positive(text, scaled(text, sizeUnits, 'a size', '100B, 4KiB or 1MiB'))
}

/** Bits per second. */
export function parseBandwidth(text: string): Parsed {
  const value = scaled(text, bandwidthUnits, 'a bandwidth', '64kbit/s, 100Mbit/s or 1Gbit/s')
  return positive(text, value)
}

/** Operations per second, above 0; fractions are allowed. */
export function parseRate(text: string): Parsed {
  const match = /^(\d{1,9}(?:\.\d{1,6})?) ?\/ ?s$/.exec(text)
  if (match === null) return refuse(`${quote(text)} is not a rate: write for example 500/s`)
  const value = Number(match[1])
  if (value <= 0 || value > 10 * million) {
    return refuse(`${text} is not a rate between 0.000001/s and 10000000/s`)
  }
  return { value }
}

/** Parts per million, from `"0.1%"` or a number 0..1. */
export function parseProbability(input: string | number): Parsed {
  const example = 'write a percentage such as 0.1%, or a number from 0 to 1'
  if (typeof input === 'number') return fromFraction(input, example)
  const match = quantity.exec(input)
  if (match === null || match[4] !== '%') {
    return refuse(`${quote(input)} is not a probability: ${example}`)
  }
  const ppm = decimal(match, 10_000)
  if (ppm === null) return refuse(`${input} is finer than one part in a million (0.0001%)`)
  if (ppm < 0 || ppm > million) return refuse(`${input} is not between 0% and 100%`)
  return { value: ppm }
}

/** The shortest text in whole units that `parseDuration` turns back into the same micros. */
export function formatDuration(micros: number): string {
  return formatIn(durationUnits, micros)
}

export function formatSize(bytes: number): string {
  return formatIn(
    sizeUnits.filter((unit) => unit.scale % 1_024 === 0 || unit.scale === 1),
    bytes,
  )
}

export function formatBandwidth(bitsPerSecond: number): string {
  return formatIn(bandwidthUnits, bitsPerSecond)
}

/** `0.1%` for 1,000 parts per million. */
export function formatProbability(ppm: number): string {
  const whole = Math.floor(ppm / 10_000)
  const rest = String(ppm % 10_000)
    .padStart(4, '0')
    .replace(/0+$/, '')
  return rest === '' ? `${String(whole)}%` : `${String(whole)}.${rest}%`
}

function fromFraction(input: number, example: string): Parsed {
  if (!(input >= 0 && input <= 1)) {
    return refuse(`${String(input)} is not a probability: ${example}`)
  }
  const ppm = Math.round(input * million)
  if (Math.abs(input * million - ppm) > 1e-6) {
    return refuse(`${String(input)} is finer than one part in a million (0.000001)`)
  }
  return { value: ppm }
}

function scaled(text: string, units: readonly Unit[], what: string, examples: string): Parsed {
  const match = quantity.exec(text)
  if (match === null) return refuse(`${quote(text)} is not ${what}: write for example ${examples}`)
  const unitName = match[4] ?? ''
  const names = units.map((unit) => unit.name).join(', ')
  if (unitName === '') {
    return refuse(`${text} has no unit (${names}): write for example ${examples}`)
  }
  const unit = units.find((candidate) => candidate.name === unitName)
  if (unit === undefined) {
    return refuse(`${quote(unitName)} is not a unit of ${what.slice(2)}: the units are ${names}`)
  }
  const value = decimal(match, unit.scale)
  if (value !== null) return { value }
  return refuse(`${text} is finer than 1${units[0]?.name ?? ''}, or too large to count`)
}

/** Sign, digits and decimals times `scale`; null unless that is a safe integer. */
function decimal(match: RegExpExecArray, scale: number): number | null {
  const decimals = match[3] ?? ''
  const digits = BigInt(`${match[2] ?? '0'}${decimals}`) * BigInt(scale)
  const divisor = 10n ** BigInt(decimals.length)
  if (digits % divisor !== 0n) return null
  const value = Number(digits / divisor)
  if (!Number.isSafeInteger(value)) return null
  return match[1] === '-' && value !== 0 ? -value : value
}

function positive(text: string, value: Parsed): Parsed {
  if ('problem' in value || value.value > 0) return value
  return refuse(`${text} is not above zero`)
}

function formatIn(units: readonly Unit[], value: number): string {
  const fits = units.filter((unit) => value % unit.scale === 0)
  const unit = value === 0 ? units[0] : fits[fits.length - 1]
  return `${String(value / (unit?.scale ?? 1))}${unit?.name ?? ''}`
}

/** Text from the file as messages show it: short, on one line. */
export function quote(text: string): string {
  const line = JSON.stringify(text)
  return line.length <= 60 ? line : `${line.slice(0, 56)}..."`
}

function refuse(problem: string): Parsed {
  return { problem }
}
