/** Figures as people read them, and what a node is drawn with. */

const units = [
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
] as const

export function bytesText(bytes: number): string {
  const [size, unit] = units.find(([each]) => bytes >= each) ?? [1, 'B']
  return `${(bytes / size).toFixed(size === 1 || bytes / size >= 100 ? 0 : 1)} ${unit}`
}

export function millisText(millis: number | null): string {
  if (millis === null) return '–'
  if (millis === 0) return '0 ms'
  if (millis >= 60_000) return spanText(millis / 1_000)
  if (millis >= 1_000) return `${String(Number((millis / 1_000).toFixed(1)))} s`
  return `${String(Number(millis.toPrecision(millis >= 100 ? 3 : 2)))} ms`
}

export function spanText(seconds: number): string {
  const whole = Math.floor(seconds)
  if (whole < 60) return `${String(whole)} s`
  if (whole < 3_600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`
  const hours = Math.floor(whole / 3_600)
  const minutes = Math.floor((whole % 3_600) / 60)
  return hours < 48
    ? `${String(hours)} h ${String(minutes)} min`
    : `${String(Math.floor(hours / 24))} days`
}

export const countText = (count: number): string =>
  count.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',')

export const rateText = (rate: number): string =>
  rate >= 10 ? countText(rate) : rate.toFixed(rate === 0 ? 0 : 1)

export const clockText = (atMillis: number): string => new Date(atMillis).toTimeString().slice(0, 8)

const colours = 8

/** The class that gives a node its colour: by its place among all, so that it is everywhere one. */
export function colourOf(id: string, ids: readonly string[]): string {
  const place = [...ids].sort((a, b) => (a < b ? -1 : 1)).indexOf(id)
  return `node-${String(Math.max(0, place) % colours)}`
}
