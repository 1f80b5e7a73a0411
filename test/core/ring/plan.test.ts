import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Member, NodeId, Ring } from '../../../core/index.js'
import {
  AssertionError,
  createRing,
  nodeId,
  planJoin,
  planLeave,
  preferenceList,
} from '../../../core/index.js'
import { pure } from '../freeze.js'

function membersOf(count: number, zones: readonly string[] = ['a']): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    id: nodeId(`n${String(i + 1)}`),
    zone: zones[i % zones.length] as string,
    weight: 1,
  }))
}

const ringOf = (members: readonly Member[], partitions: number, replicas: number): Ring =>
  createRing({ members, partitions, replicas }).ring

/** Replicas per member; `place`: counting only that place of the list. */
function countsOf(ring: Ring, place: number | null = null): Map<NodeId, number> {
  const counts = new Map(ring.members.map(({ id }) => [id, 0]))
  for (const owners of ring.owners) {
    for (const id of place === null ? owners : owners.slice(place, place + 1)) {
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }
  return counts
}

const spread = (counts: Map<NodeId, number>): number =>
  Math.max(...counts.values()) - Math.min(...counts.values())

function zonesOf(ring: Ring, owners: readonly NodeId[]): Set<string> {
  const zone = new Map(ring.members.map((member) => [member.id, member.zone]))
  return new Set(owners.map((owner) => zone.get(owner) as string))
}

const efficiency = (ring: Ring): number => {
  const mean = (ring.partitions * ring.replicas) / ring.members.length
  return mean / Math.max(...countsOf(ring).values())
}

/** RING-1, and what every ring promises of its order. */
function assertSound(ring: Ring): void {
  const ids = ring.members.map(({ id }) => id)
  assert.equal(
    ids,
    ids.slice().sort((a, b) => (a < b ? -1 : 1)),
    'members sorted by id',
  )
  assert.is(ring.owners.length, ring.partitions)
  for (const owners of ring.owners) {
    assert.is(new Set(owners).size, ring.replicas, 'RING-1: distinct owners')
    assert.ok(owners.every((owner) => ids.includes(owner)))
  }
}

/** Each place of the list is shared out in proportion to what a member holds. */
function assertRolesBalanced(ring: Ring): void {
  const left = countsOf(ring)
  for (let place = 0; place < ring.replicas; place++) {
    for (const [id, count] of countsOf(ring, place)) {
      const fair = (left.get(id) ?? 0) / (ring.replicas - place)
      assert.ok(count >= Math.floor(fair) && count <= Math.ceil(fair), `${id} at ${String(place)}`)
      left.set(id, (left.get(id) ?? 0) - count)
    }
  }
}

const shapes = fc
  .record({
    replicas: fc.integer({ min: 1, max: 5 }),
    more: fc.integer({ min: 0, max: 12 }),
    bits: fc.integer({ min: 0, max: 8 }),
    zones: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ replicas, more, bits, zones }) => ({
    replicas,
    partitions: 2 ** bits,
    members: membersOf(replicas + more, ['a', 'b', 'c', 'd', 'e'].slice(0, zones)),
    zones: Math.min(zones, replicas + more),
  }))
const settings = { seed: 1, numRuns: 200 }

test('create: RING-1 to RING-3 for any shape', () => {
  fc.assert(
    fc.property(shapes, ({ members, partitions, replicas, zones }) => {
      const { ring, problems } = pure(createRing)({ members, partitions, replicas })
      assert.is(ring.epoch, 1)
      assertSound(ring)
      assertRolesBalanced(ring)
      for (const owners of ring.owners) {
        const distinct = zonesOf(ring, owners).size
        if (zones >= replicas) assert.is(distinct, replicas, 'RING-2: distinct zones')
        else if (zones > 1) assert.ok(problems.length > 0, 'RING-2: reported')
      }
      const uneven = problems.some((problem) => problem.includes('fair share'))
      if (zones === 1 || members.length % zones === 0) {
        assert.ok(spread(countsOf(ring)) <= 1, 'RING-3')
        assert.not.ok(uneven)
      }
    }),
    settings,
  )
})

test('create: the order in which members are listed makes no difference (RING-5)', () => {
  fc.assert(
    fc.property(shapes, fc.integer(), ({ members, partitions, replicas }, seed) => {
      const other = members
        .slice()
        .sort((a, b) => ((a.id.length * seed) % 7) - ((b.id.length * seed) % 7))
      const again = ringOf(other.reverse(), partitions, replicas)
      assert.equal(again, ringOf(members, partitions, replicas))
    }),
    settings,
  )
})

test('create: five nodes in three zones: zones come before an even load, and it is said', () => {
  const members = membersOf(5, ['a', 'b', 'c'])
  const { ring, problems } = createRing({ members, partitions: 64, replicas: 3 })
  assert.is(countsOf(ring).get(nodeId('n3')), 64)
  assert.equal(problems, ['n3 holds 64 replicas, a fair share is 38'])
})

test('create: two zones for three replicas: one owner at least is elsewhere', () => {
  const { ring, problems } = createRing({
    members: membersOf(6, ['a', 'b']),
    partitions: 64,
    replicas: 3,
  })
  assert.ok(ring.owners.every((owners) => zonesOf(ring, owners).size === 2))
  assert.is(spread(countsOf(ring)), 0)
  assert.equal(problems, ['64 of 64 partitions have two owners in one zone'])
})

test('create: a member of weight 2 gets twice as much', () => {
  const members = membersOf(5).map((member, i) => (i === 0 ? { ...member, weight: 2 } : member))
  const counts = countsOf(ringOf(members, 64, 3))
  assert.equal([...counts.values()], [64, 32, 32, 32, 32])
})

test('create: nobody gets more than one replica of a partition, whatever its weight', () => {
  const members = membersOf(4).map((member, i) => (i === 0 ? { ...member, weight: 1_000 } : member))
  const { ring, problems } = createRing({ members, partitions: 64, replicas: 3 })
  assertSound(ring)
  assert.equal([...countsOf(ring).values()], [64, 43, 43, 42])
  assert.ok(problems.length > 0)
})

test('create: what a dead node leaves falls on many, not on its neighbours', () => {
  const ring = ringOf(membersOf(30), 1024, 3)
  for (const { id } of ring.members) {
    const partners = new Set(ring.owners.filter((owners) => owners.includes(id)).flat())
    assert.ok(partners.size >= 28, `${id} shares partitions with ${String(partners.size - 1)}`)
  }
})

test('create: a thousand nodes', () => {
  const members = membersOf(1_000, ['a', 'b', 'c', 'd'])
  const { ring, problems } = createRing({ members, partitions: 16_384, replicas: 3 })
  assert.equal(problems, [])
  assert.ok(spread(countsOf(ring)) <= 1)
  for (let place = 0; place < 3; place++) assert.ok(spread(countsOf(ring, place)) <= 1)
  assert.ok(ring.owners.every((owners) => zonesOf(ring, owners).size === 3))
})

test('create: what no ring can meet is refused as a mistake of the caller', () => {
  const members = membersOf(3)
  const [first] = members as [Member, Member, Member]
  const wrong = [
    { members, partitions: 48, replicas: 3 },
    { members, partitions: 0, replicas: 3 },
    { members, partitions: 2 ** 21, replicas: 3 },
    { members, partitions: 64, replicas: 4 },
    { members, partitions: 64, replicas: 0 },
    { members: [], partitions: 64, replicas: 1 },
    { members: [...members, first], partitions: 64, replicas: 3 },
    { members: [{ ...first, weight: 0 }], partitions: 64, replicas: 1 },
    { members: [{ ...first, weight: NaN }], partitions: 64, replicas: 1 },
  ]
  for (const options of wrong) {
    assert.throws(
      () => createRing(options),
      (e: unknown) => e instanceof AssertionError,
    )
  }
})

/** What the moves say is what the tables say; at most one replica of a partition moves. */
function assertMoves(before: Ring, after: Ring, moves: ReturnType<typeof planJoin>['moves']): void {
  assert.is(new Set(moves.map(({ partition }) => partition)).size, moves.length)
  const byPartition = new Map(moves.map((move) => [move.partition, move]))
  before.owners.forEach((owners, partition) => {
    const move = byPartition.get(partition)
    const expected = owners.map((owner) => (owner === move?.from ? move.to : owner))
    assert.equal(new Set(after.owners[partition]), new Set(expected))
  })
}

const newcomers = fc.record(
  {
    id: fc.constantFrom('m', 'n0', 'n15', 'x').map(nodeId),
    zone: fc.constantFrom('a', 'b', 'z'),
    weight: fc.constantFrom(1, 1, 0.5, 3),
  },
  { noNullPrototype: true },
)

test('join: sound, moves no more than the newcomer gets, and never worsens zones', () => {
  fc.assert(
    fc.property(shapes, newcomers, ({ members, partitions, replicas, zones }, member) => {
      const before = ringOf(members, partitions, replicas)
      if (members.some(({ id }) => id === member.id)) return
      const { ring, moves, problems } = pure(planJoin)(before, member)
      assertSound(ring)
      assertRolesBalanced(ring)
      assertMoves(before, ring, moves)
      assert.is(ring.epoch, 2)
      const ideal = (partitions * replicas * member.weight) / (members.length + member.weight)
      assert.ok(moves.length <= ideal, 'RING-4')
      assert.ok(moves.every(({ to }) => to === member.id))
      ring.owners.forEach((owners, partition) => {
        const earlier = zonesOf(before, before.owners[partition] ?? []).size
        const distinct = zonesOf(ring, owners).size
        assert.ok(distinct >= earlier)
        if (distinct < replicas && zones > 1) assert.ok(problems.length > 0, 'RING-2')
      })
      if (zones === 1 && member.weight === 1) {
        assert.is(moves.length, Math.floor(ideal))
        assert.ok(spread(countsOf(ring)) <= 1, 'RING-3')
      }
    }),
    settings,
  )
})

test('join: the first node of a third zone parts owners that shared one', () => {
  const before = ringOf(membersOf(4, ['a', 'b']), 64, 3)
  const { ring, moves } = planJoin(before, { id: nodeId('n5'), zone: 'c', weight: 1 })
  assert.is(moves.length, 38)
  const apart = ring.owners.filter((owners) => zonesOf(ring, owners).size === 3)
  assert.is(apart.length, 38, 'every move parts a pair')
})

test('join: takes no more than half where zones leave one node to take from', () => {
  const before = ringOf(membersOf(3, ['a', 'b', 'c']), 64, 3)
  const { ring, problems } = planJoin(before, { id: nodeId('n4'), zone: 'a', weight: 1 })
  assert.equal([...countsOf(ring).values()], [32, 64, 64, 32])
  assert.is(problems.length, 2)
})

test('join: the reference figures, growing node by node from 3 to 30', () => {
  for (const [partitions, least, atThirty] of [
    [64, 0.7, 0.711],
    [1024, 0.966, 0.975],
  ] as const) {
    let ring = ringOf(membersOf(3), partitions, 3)
    let moved = 0
    let ideal = 0
    for (const member of membersOf(30).slice(3)) {
      const plan = planJoin(ring, member)
      ring = plan.ring
      moved += plan.moves.length
      ideal += (partitions * 3) / ring.members.length
      assert.ok(efficiency(ring) >= least, `${String(ring.members.length)} nodes`)
    }
    assert.ok(moved / ideal <= 1, 'moved / ideal')
    assert.ok(efficiency(ring) >= atThirty)
    assert.is(ring.epoch, 28)
  }
})

test('join: a second time changes nothing and says so', () => {
  const ring = ringOf(membersOf(4), 64, 3)
  const [first] = ring.members as [Member]
  const plan = planJoin(ring, first)
  assert.is(plan.ring, ring)
  assert.equal(plan.moves, [])
  assert.equal(plan.problems, ['n1 is a member already'])
})

test('leave: sound, and only what the leaver had moves', () => {
  fc.assert(
    fc.property(shapes, fc.nat(), ({ members, partitions, replicas, zones }, pick) => {
      const before = ringOf(members, partitions, replicas)
      const leaver = (members[pick % members.length] as Member).id
      const { ring, moves, problems } = pure(planLeave)(before, leaver)
      if (members.length === replicas) {
        assert.is(ring, before)
        assert.is(problems.length, 1)
        return
      }
      assertSound(ring)
      assertRolesBalanced(ring)
      assertMoves(before, ring, moves)
      assert.is(moves.length, countsOf(before).get(leaver))
      assert.ok(moves.every(({ from }) => from === leaver))
      if (zones === 1) assert.ok(spread(countsOf(ring)) <= 1, 'RING-3')
      const zonesLeft = new Set(ring.members.map(({ zone }) => zone)).size
      const shared = ring.owners.some((owners) => zonesOf(ring, owners).size < replicas)
      if (shared && zonesLeft > 1) assert.ok(problems.length > 0, 'RING-2')
    }),
    settings,
  )
})

test('leave: zones stay apart while there are enough', () => {
  const before = ringOf(membersOf(8, ['a', 'b', 'c', 'd']), 64, 3)
  const { ring, problems } = planLeave(before, nodeId('n1'))
  assert.ok(ring.owners.every((owners) => zonesOf(ring, owners).size === 3))
  assert.not.ok(problems.some((problem) => problem.includes('one zone')))
})

test('leave: a stranger changes nothing and says so', () => {
  const ring = ringOf(membersOf(4), 64, 3)
  const plan = planLeave(ring, nodeId('n9'))
  assert.is(plan.ring, ring)
  assert.equal(plan.problems, ['n9 is not a member'])
})

test('leave and join: a year of coming and going stays sound and even', () => {
  let ring = ringOf(membersOf(6), 256, 3)
  for (let turn = 0; turn < 40; turn++) {
    const plan =
      turn % 3 === 2
        ? planLeave(ring, (ring.members[(turn * 5) % ring.members.length] as Member).id)
        : planJoin(ring, { id: nodeId(`m${String(turn)}`), zone: 'a', weight: 1 })
    ring = plan.ring
    assertSound(ring)
    assert.ok(spread(countsOf(ring)) <= 1, `turn ${String(turn)}`)
    assertRolesBalanced(ring)
  }
  assert.is(ring.epoch, 41)
})

test('plan: a member of weight 0 owns nothing, stands in for nobody, and moves nothing', () => {
  const idle: Member = { id: nodeId('p1'), zone: 'a', weight: 0 }
  const ring = ringOf([...membersOf(4), idle], 64, 3)
  assert.equal(ring.owners, ringOf(membersOf(4), 64, 3).owners)
  assert.is(ring.members.length, 5)
  for (let p = 0; p < 64; p++) assert.not(preferenceList(ring, p).includes(idle.id))
  const left = planLeave(ring, idle.id)
  assert.equal([left.moves, left.ring.owners], [[], ring.owners])
  const joined = planJoin(left.ring, idle)
  assert.equal([joined.moves, joined.ring.owners], [[], ring.owners])
  assert.equal(joined.ring.members, ring.members)
  assert.throws(() => ringOf([...membersOf(2), idle], 64, 3), 'as many members')
})

test.run()
