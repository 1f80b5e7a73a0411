/**
 * Named faults for what people try again and again: each stands for a few plain ones, and becomes
 * them when the file is read. Nothing after the loader knows of macros.
 */
import { never } from '../core/assert.js'
import { halves, needsNodes } from './chance.js'
import { type Latency, type PickKind, pickKinds } from './model.js'
import type { Victims } from './resolve/victim.js'

/** In a line each: what docs/scenarios.md and the JSON Schema say of them. */
export const macros = {
  rolling_restart: 'the nodes crash one after the other, each for `for` (3s), `gap` (2s) apart',
  rolling_pause: 'the nodes stand still one after the other, each for `for` (3s), `gap` (2s) apart',
  rolling_partition: 'the nodes are cut off one after the other, for `for` (3s), `gap` (2s) apart',
  cascading_crash:
    'one node after the other crashes, `gap` (1s) apart, up to a minority; `for` (5s)',
  flapping_partition:
    'the nodes are cut off from the rest `times` (3) times, for `for` and `gap` (3s)',
  split_brain: 'two halves cannot reach each other, and the clocks of one run 10s ahead',
  power_cut: 'the whole cluster loses power, for `for` (5s)',
  zone_outage: 'everybody in a zone (the first one) loses power, for `for` (10s)',
  gray_failure:
    'a node (the first) is 20 times slower and loses 10% of its messages, for `for` (10s)',
  bad_network: 'loss, duplicates, reordering and corrupted messages everywhere, for `for` (10s)',
  clock_chaos: 'the clocks of all nodes are off, each by another offset, and one strobes',
  nemesis: 'a random fault of any kind, of disks too, every `every` (5s), from the seed',
} as const

export type MacroName = keyof typeof macros
export const macroNames = Object.keys(macros) as readonly MacroName[]

/** What a macro may be told; null: its own. */
export interface MacroSettings {
  readonly atMicros: number
  readonly forMicros: number | null
  readonly gapMicros: number | null
  readonly everyMicros: number | null
  readonly times: number | null
  readonly nodes: readonly string[] | null
}

export interface MacroGround {
  readonly nodes: readonly string[]
  /** The nodes of each zone. */
  readonly zones: readonly (readonly string[])[]
}

/** A fault as the schema gives it, from which the resolver makes a model. */
export interface Piece {
  readonly at?: number
  readonly every?: number
  readonly for?: Latency
  readonly pick?: readonly PickKind[]
  readonly partition?: { groups: readonly Victims[] }
  readonly crash?: Victims
  readonly pause?: Victims
  readonly slow?: Victims
  readonly factor?: number
  readonly link?: { readonly from: Victims; readonly to: Victims; readonly both_ways: boolean }
  readonly loss?: number
  readonly duplicate?: number
  readonly reorder?: number
  readonly corrupt_payload?: number
  readonly clock?: Victims
  readonly offset?: number
  readonly strobe?: number
  readonly period?: number
}

const second = 1_000_000
const percent = 10_000

export function expandMacro(
  name: MacroName,
  settings: MacroSettings,
  ground: MacroGround,
): readonly Piece[] {
  const { nodes: all, zones } = ground
  const [firstHalf = [], otherHalf = []] = halves(all)
  const [firstZone = []] = zones
  const { atMicros: at } = settings
  const nodes = settings.nodes ?? all
  const lasts = (usual: number): number => settings.forMicros ?? usual * second
  switch (name) {
    case 'rolling_restart':
      return rolling(nodes, settings, (node) => ({ crash: hits([node]) }))
    case 'rolling_pause':
      return rolling(nodes, settings, (node) => ({ pause: hits([node]) }))
    case 'rolling_partition':
      return rolling(nodes, settings, (node) => cutOff([node], all))
    case 'cascading_crash': {
      const minority = nodes.slice(0, Math.max(1, Math.floor((all.length - 1) / 2)))
      return minority.map((node, place) => ({
        at: at + place * (settings.gapMicros ?? second),
        for: constant(lasts(5)),
        crash: hits([node]),
      }))
    }
    case 'flapping_partition':
      return flapping(settings.nodes ?? firstHalf, all, settings)
    case 'split_brain': {
      const when = { at, for: constant(lasts(10)) }
      return [
        { ...when, partition: { groups: [hits(firstHalf), hits(otherHalf)] } },
        { ...when, clock: hits(otherHalf), offset: 10 * second },
      ]
    }
    case 'power_cut':
      return [{ at, for: constant(lasts(5)), crash: hits(nodes) }]
    case 'zone_outage':
      return [{ at, for: constant(lasts(10)), crash: hits(settings.nodes ?? firstZone) }]
    case 'gray_failure':
      return grayFailure(settings.nodes ?? all.slice(0, 1), all, at, constant(lasts(10)))
    case 'bad_network': {
      const rates = { loss: 2 * percent, duplicate: 2 * percent, reorder: 10 * percent }
      return [{ at, for: constant(lasts(10)), ...rates, corrupt_payload: percent / 2 }]
    }
    case 'clock_chaos':
      return clockChaos(nodes, at, constant(lasts(10)))
    case 'nemesis':
      return [nemesis(settings, all.length)]
    default:
      return never(name)
  }
}

function rolling(
  nodes: readonly string[],
  { atMicros, forMicros, gapMicros }: MacroSettings,
  hit: (node: string) => Piece,
): readonly Piece[] {
  const lasts = forMicros ?? 3 * second
  const stepMicros = lasts + (gapMicros ?? 2 * second)
  return nodes.map((node, place) => {
    return { at: atMicros + place * stepMicros, for: constant(lasts), ...hit(node) }
  })
}

function flapping(
  side: readonly string[],
  all: readonly string[],
  { atMicros, forMicros, gapMicros, times }: MacroSettings,
): readonly Piece[] {
  const lasts = forMicros ?? 3 * second
  const stepMicros = lasts + (gapMicros ?? 3 * second)
  return Array.from({ length: times ?? 3 }, (_, place) => {
    return { at: atMicros + place * stepMicros, for: constant(lasts), ...cutOff(side, all) }
  })
}

function grayFailure(
  nodes: readonly string[],
  all: readonly string[],
  at: number,
  lasts: Latency,
): readonly Piece[] {
  // Several of them lose what they say to each other, too.
  const others = nodes.length > 1 ? all : all.filter((node) => !nodes.includes(node))
  const link = { from: hits(nodes), to: hits(others), both_ways: true }
  return [
    { at, for: lasts, slow: hits(nodes), factor: 20 },
    { at, for: lasts, link, loss: 10 * percent },
  ]
}

/** Half a second ahead, one behind, one and a half ahead, and so on; the first one strobes, too. */
function clockChaos(nodes: readonly string[], at: number, lasts: Latency): readonly Piece[] {
  const offsets = nodes.map((node, place): Piece => {
    const offset = ((place + 1) * second) / 2
    return { at, for: lasts, clock: hits([node]), offset: place % 2 === 0 ? offset : -offset }
  })
  const first = nodes.slice(0, 1)
  const strobe = { strobe: second / 5, period: second / 20 }
  return [...offsets, { at, for: lasts, clock: hits(first), ...strobe }]
}

/** Of all kinds that so many nodes have room for: of three there is no ring of majorities. */
function nemesis({ everyMicros, forMicros }: MacroSettings, nodes: number): Piece {
  const drawn: Latency = { kind: 'uniform', minMicros: second, maxMicros: 5 * second }
  return {
    every: everyMicros ?? 5 * second,
    for: forMicros === null ? drawn : constant(forMicros),
    pick: pickKinds.filter((kind) => needsNodes(kind).least <= nodes),
  }
}

function cutOff(side: readonly string[], all: readonly string[]): Piece {
  const others = all.filter((node) => !side.includes(node))
  return { partition: { groups: [hits(side), hits(others)] } }
}

const hits = (names: readonly string[]): Victims => ({ names })

const constant = (micros: number): Latency => ({ kind: 'constant', micros })
