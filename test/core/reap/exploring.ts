/** A search as a test, of what may be reaped and of sessions that may have seen it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeId } from '../../../core/index.js'
import type { Bounds, Start } from './explored.js'
import { search } from './search.js'

export type Search = readonly [string, Start, Partial<Bounds>]

/** The last one: it may be told that its value was reaped. */
export type SessionSearch = readonly [string, Start, Partial<Bounds>, boolean]

export function explore([name, start, bounds]: Search): void {
  test(`reap, explored: ${name}`, () => {
    const { states, reaped, way } = search(start, bounds)
    assert.is(way, null, JSON.stringify(way))
    assert.ok(states > 50 && reaped > 0, `${String(states)} states, ${String(reaped)} reaped`)
    say(name, states)
  })
}

export function exploreSession([name, start, bounds, isReapable]: SessionSearch): void {
  test(`minimum, explored: ${name}`, () => {
    const { states, served, way } = search(start, bounds)
    assert.is(way, null, JSON.stringify(way))
    assert.ok(states > 50)
    assert.is(served > 0, isReapable, `${String(served)} told that it was reaped`)
    say(name, states)
  })
}

export function only(node: NodeId, isHint: boolean): Start {
  return { only: { node, isHint }, flights: [] }
}

function say(name: string, states: number): void {
  if (process.env['VERBOSE'] !== undefined) console.log(`${name}: ${String(states)} states`)
}
