/**
 * RING-4 (protocol.md section 1): a node that joins moves what it gets, and hardly more. No run has
 * joins yet, so each asks what one would move: the ring of the run, and one member more.
 */
import type { Member, NodeOptions, Plan, Ring } from '../../core/index.js'
import { nodeId, planJoin } from '../../core/index.js'
import type { Family, Scene } from './family.js'

type Planner = (ring: Ring, member: Member) => Plan

export class JoinInvariants implements Family {
  readonly #scene: Scene
  readonly #plan: Planner

  constructor(scene: Scene, plan: Planner = planJoin) {
    this.#scene = scene
    this.#plan = plan
  }

  opened(): void {
    const { ring } = (this.#scene.nodes[0] as NodeOptions).placement
    const { zone } = ring.members[0] as Member
    const newcomer: Member = { id: newcomerOf(ring), zone, weight: 1 }
    this.#scene.tally['RING-4']++
    const moved = movesOf(ring, this.#plan(ring, newcomer).ring)
    const weights = ring.members.reduce((sum, { weight }) => sum + weight, newcomer.weight)
    const ideal = (ring.partitions * ring.replicas * newcomer.weight) / weights
    if (moved <= ideal + ring.replicas) return
    this.#scene.violated('RING-4', {
      say:
        `a node that joined would move ${String(moved)} replicas; its share is ` +
        `${ideal.toFixed(1)}, and ${String(ring.replicas)} more may move`,
    })
  }
}

/** A name that nobody has. */
function newcomerOf(ring: Ring): Member['id'] {
  const names = new Set<string>(ring.members.map(({ id }) => id))
  let name = 'newcomer'
  while (names.has(name)) name += '-'
  return nodeId(name)
}

/** Replicas that are where there was none: counted in the tables, whatever the plan itself says. */
function movesOf(before: Ring, after: Ring): number {
  let moved = 0
  after.owners.forEach((owners, partition) => {
    const earlier = before.owners[partition] ?? []
    for (const owner of owners) if (!earlier.includes(owner)) moved++
  })
  return moved
}
