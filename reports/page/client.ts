/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The script of a report: draws the charts, lets the pointer read them, marks where one is in the
 * page. Bundled with Vega by reports/bundle.mjs and put inline; it makes no request and evaluates
 * no text (Vega's expressions are interpreted), so a policy that allows this one script and
 * nothing else suffices.
 */
import { Error as errorsOnly, View, parse } from 'vega'
import type { Config, Data, Loader, Spec } from 'vega'
import { expressionInterpreter } from 'vega-interpreter'

interface ChartData {
  readonly id: string
  readonly vega: Spec
  readonly cursor: CursorData | null
}
interface CursorData {
  readonly data: string
  readonly series: readonly {
    readonly field: string
    readonly label: string
    readonly unit: string
  }[]
}
type Columns = Readonly<Record<string, readonly (number | string | null)[]>>
interface PageData {
  readonly config: Config
  readonly charts: readonly ChartData[]
  readonly data: Readonly<Record<string, Columns>>
}

interface Drawn {
  readonly chart: ChartData
  readonly view: View
  readonly plot: HTMLElement
  readonly cursor: HTMLElement
}

const refuse = (): Promise<never> => Promise.reject(new Error('a report loads nothing'))
const noLoader: Loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse }

const page = JSON.parse(document.getElementById('report-data')?.textContent ?? '{}') as PageData
const drawn: Drawn[] = []
const tip = document.createElement('div')

function rowsOf(columns: Columns): Record<string, number | string | null>[] {
  const names = Object.keys(columns)
  const length = columns[names[0] ?? '']?.length ?? 0
  return Array.from({ length }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, columns[name]?.[row] ?? null])),
  )
}

/** Vega writes into the rows it is given, so every chart gets its own. */
function withData(spec: Spec): Spec {
  const data = (spec.data ?? []).map((source): Data => {
    const columns = page.data[source.name]
    return columns === undefined ? source : { ...source, values: rowsOf(columns) }
  })
  return { ...spec, data }
}

async function draw(chart: ChartData): Promise<void> {
  const plot = document.getElementById(`plot-${chart.id}`)
  if (plot === null) return
  const runtime = parse(withData(chart.vega), page.config, { ast: true })
  const view = new View(runtime, {
    container: plot,
    renderer: 'svg',
    expr: expressionInterpreter,
    loader: noLoader,
    logLevel: errorsOnly,
    hover: false,
  })
  view.width(plot.clientWidth)
  await view.runAsync()
  const cursor = document.createElement('div')
  cursor.className = 'cursor'
  cursor.hidden = true
  plot.append(cursor)
  const entry = { chart, view, plot, cursor }
  drawn.push(entry)
  if (chart.cursor !== null) follow(entry)
}

/** One frame between charts: the page can be read and scrolled while the rest is drawn. */
const nextFrame = (): Promise<void> => new Promise((done) => setTimeout(done, 0))

async function drawAll(): Promise<void> {
  for (const chart of page.charts) {
    await draw(chart)
    await nextFrame()
  }
  document.documentElement.dataset['drawn'] = String(drawn.length)
  const widths = new ResizeObserver((entries) => requestAnimationFrame(() => resize(entries)))
  for (const { plot } of drawn) widths.observe(plot)
}

function resize(entries: readonly ResizeObserverEntry[]): void {
  for (const entry of entries) {
    const found = drawn.find(({ plot }) => plot === entry.target)
    const width = Math.floor(entry.contentRect.width)
    if (found === undefined || width === 0 || Math.abs(found.view.width() - width) < 1) continue
    void found.view.width(width).runAsync()
  }
}

interface TimeScale {
  (value: number): number
  invert(pixels: number): number
  domain(): number[]
}
const scaleOf = (view: View): TimeScale => view.scale('x') as TimeScale

/** The pointer over one chart marks the same moment in all charts of time. */
function follow({ chart, view, plot }: Drawn): void {
  plot.addEventListener('pointermove', (event) => {
    const left = plot.getBoundingClientRect().left + view.origin()[0]
    const seconds = scaleOf(view).invert(event.clientX - left)
    const [from = 0, to = 0] = scaleOf(view).domain()
    if (seconds < from || seconds > to) {
      leave()
      return
    }
    mark(seconds)
    tell(chart, seconds, event)
  })
  plot.addEventListener('pointerleave', leave)
}

function mark(seconds: number): void {
  for (const { chart, view, cursor } of drawn) {
    if (chart.cursor === null) continue
    const x = view.origin()[0] + scaleOf(view)(seconds)
    cursor.style.transform = `translateX(${x}px)`
    cursor.hidden = false
  }
}

function leave(): void {
  for (const { cursor } of drawn) cursor.hidden = true
  tip.hidden = true
}

function nearest(times: readonly (number | string | null)[], seconds: number): number {
  let best = 0
  times.forEach((time, index) => {
    const before = Math.abs(Number(times[best]) - seconds)
    if (Math.abs(Number(time) - seconds) < before) best = index
  })
  return best
}

/** The values of the row nearest in time, and the faults in force. */
function tell(chart: ChartData, seconds: number, event: PointerEvent): void {
  const columns = page.data[chart.cursor?.data ?? '']
  if (columns === undefined || chart.cursor === null) return
  const row = nearest(columns['t'] ?? [], seconds)
  const at = Number(columns['t']?.[row] ?? 0)
  const head = document.createElement('strong')
  head.textContent = `${Number(at.toFixed(3))} s`
  const lines = chart.cursor.series.map(({ field, label, unit }) => {
    const value = columns[field]?.[row]
    return line(label, typeof value === 'number' ? `${plain(value)} ${unit}` : 'none')
  })
  tip.replaceChildren(head, ...lines, ...faultsAt(at))
  tip.hidden = false
  const { width, height } = tip.getBoundingClientRect()
  const x =
    event.clientX + 16 + width > innerWidth ? event.clientX - 16 - width : event.clientX + 16
  const y = Math.min(innerHeight - height - 8, event.clientY + 16)
  tip.style.transform = `translate(${Math.max(4, x)}px, ${y}px)`
}

function line(label: string, value: string): HTMLElement {
  const element = document.createElement('div')
  for (const text of [label, value]) {
    const part = document.createElement('span')
    part.textContent = text
    element.append(part)
  }
  return element
}

function faultsAt(seconds: number): HTMLElement[] {
  const faults = page.data['faults'] ?? {}
  return (faults['label'] ?? []).flatMap((label, index) => {
    if (seconds < Number(faults['from']?.[index]) || seconds > Number(faults['to']?.[index]))
      return []
    const element = document.createElement('div')
    element.className = 'fault'
    element.textContent = `${faults['sign']?.[index] ?? ''} ${label ?? ''}`
    return [element]
  })
}

const plain = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: value >= 1000 ? 6 : 3 })

/** Which section is being read, in the navigation. */
function watchSections(): void {
  const links = new Map<string, HTMLAnchorElement>()
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.rail a'))
    links.set(link.hash.slice(1), link)
  const seen = new IntersectionObserver(
    (entries) => {
      const entered = entries.find((entry) => entry.isIntersecting)
      if (entered === undefined) return
      for (const link of links.values()) link.removeAttribute('aria-current')
      const link = links.get(entered.target.id)
      link?.setAttribute('aria-current', 'true')
      const list = link?.closest('ul')
      if (
        link !== undefined &&
        list !== null &&
        list !== undefined &&
        list.scrollWidth > list.clientWidth
      ) {
        list.scrollTo({ left: link.offsetLeft - list.clientWidth / 2 + link.offsetWidth / 2 })
      }
    },
    { rootMargin: '-15% 0px -75% 0px' },
  )
  for (const section of document.querySelectorAll('main section[id]')) seen.observe(section)
}

function copyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copies]')) {
    const source = document.getElementById(button.dataset['copies'] ?? '')
    button.hidden = source === null || !isSecureContext
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(source?.textContent ?? '').then(
        () => (button.textContent = 'Copied'),
        () => (button.textContent = 'Not allowed here'),
      )
    })
  }
}

/** On paper nothing unfolds by itself. */
function unfoldForPaper(): void {
  let opened: HTMLDetailsElement[] = []
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open]):not(.long)')]
    for (const details of opened) details.open = true
  })
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false
  })
}

tip.className = 'tip'
tip.hidden = true
tip.setAttribute('aria-hidden', 'true')
document.body.append(tip)
watchSections()
copyButtons()
unfoldForPaper()
void drawAll()
