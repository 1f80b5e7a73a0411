/** All that can become of a start, shortest ways first, each world once. */
import type { LogRecord } from '../../../core/index.js'
import { owners } from './cast.js'
import type { Action, Bounds, Rule, Start } from './explored.js'
import { none, Scene, snapshotOf } from './explored.js'

interface Search {
  readonly states: number
  /** Worlds in which the tombstone is gone from every owner. */
  readonly reaped: number
  /** In how many a session was told that what it has seen was reaped. */
  readonly served: number
  /** A shortest way to a violation. */
  readonly way: readonly Action[] | null
}

export function search(start: Start, bounds: Partial<Bounds>, broken: Rule | null = null): Search {
  const seen = new Set<string>()
  const whole = { ...none, ...bounds }
  let reaped = 0
  let served = 0
  let frontier = [{ way: [] as readonly Action[], next: new Scene(start, whole, broken).actions() }]
  while (frontier.length > 0) {
    const deeper: typeof frontier = []
    for (const { way, next } of frontier) {
      for (const action of next) {
        const scene = new Scene(start, whole, broken)
        for (const done of way) scene.act(done)
        scene.act(action)
        const here = [...way, action]
        if (scene.violation() !== null) return { states: seen.size, reaped, served, way: here }
        const name = scene.name()
        if (seen.has(name)) continue
        seen.add(name)
        if (owners.every((id) => !snapshotOf(scene.cluster.box(id)).some(isKey))) reaped++
        served += scene.served
        deeper.push({ way: here, next: scene.actions() })
      }
    }
    frontier = deeper
  }
  return { states: seen.size, reaped, served, way: null }
}

const isKey = ({ type }: LogRecord): boolean => type === 'key_state'
