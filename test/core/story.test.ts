/**
 * Canonical stories, message by message, in test/golden/story-*.txt. After a change on purpose:
 * UPDATE_GOLDEN=1, and read the difference.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acquaint, get, getOk, keyOwnedBy, put, rolesOf, lookLong } from './ask.js'
import type { ClusterOptions } from './cluster.js'
import { TestCluster } from './cluster.js'
import { Narrator, golden } from './narrate.js'

/** Five nodes; n1, n2 and n3 own `key`. */
function scene(options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes: 5, ...options })
  cluster.start()
  acquaint(cluster)
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  return { cluster, key, roles: rolesOf(cluster, key) }
}

test('story: a put, all goes well', () => {
  const { cluster, key } = scene()
  const narrator = new Narrator(cluster)
  narrator.say(
    'Asked at n1, which owns the key. Its own copy is durable before anybody hears of it.',
  )
  cluster.submit('n1', put(key, 'apple'))
  cluster.settle()
  narrator.say('A second put at n2, with the context of the first: it replaces it.')
  const read = cluster.submit('n2', get(key))
  cluster.settle()
  const { context } = getOk(cluster.outcome(read))
  cluster.submit('n2', put(key, 'pear', { context }))
  cluster.settle()
  golden('story-put', narrator.lines)
  assert.is(cluster.flights.length, 0)
})

test('story: a put with an owner that has just crashed', () => {
  const { cluster, key } = scene()
  const narrator = new Narrator(cluster)
  cluster.crash('n3')
  narrator.say('Nobody knows yet. Two of three is enough for the client; n3 is given 250 ms.')
  cluster.submit('n1', put(key, 'apple'))
  cluster.run(300_000)
  narrator.say(
    'n3 comes back before anybody suspected it; the next look at the hints brings it this one.',
  )
  cluster.boot('n3')
  cluster.run(1_000_000)
  golden('story-hint', narrator.lines)
  assert.equal(cluster.box('n3').node?.stateOf(rolesOf(cluster, key).id)?.siblings.length, 1)
})

test('story: a read finds a stale owner and mends it', () => {
  const { cluster, key, roles } = scene({ handoff: false, replication: { sloppy: false } })
  cluster.isolate('n3')
  cluster.submit('n1', put(key, 'apple'))
  cluster.run(1_200_000)
  cluster.heal()
  cluster.run(1_000_000)
  const narrator = new Narrator(cluster)
  narrator.say('n3 has missed a write. A read at n4 asks all three owners.')
  cluster.submit('n4', get(key))
  cluster.settle()
  golden('story-read-repair', narrator.lines)
  assert.equal(cluster.box('n3').node?.stateOf(roles.id)?.siblings.length, 1)
})

test('story: a forward is refused, then accepted elsewhere', () => {
  const { cluster, key } = scene({ replication: { sloppy: false } })
  // n4 has restarted and knows no lives; n1 thinks that it owns nothing of the key: its ring is
  // older.
  const narrator = new Narrator(cluster)
  cluster.autoMembers = false
  cluster.crash('n4')
  cluster.boot('n4')
  cluster.flights = []
  narrator.say('n4 has just restarted and does not know which life each owner is in.')
  cluster.submit('n4', put(key, 'apple'))
  const [first] = cluster.find('forward')
  assert.ok(first !== undefined)
  narrator.say(
    'The network doubles the message: the second refusal is an echo, and changes nothing.',
  )
  cluster.duplicate(first)
  cluster.settle()
  narrator.say('The owner asked next refuses for good: n4 asks another one.')
  cluster.submit('n4', put(key, 'pear'))
  const forward = cluster.one('forward')
  cluster.drop(forward)
  cluster.flights.push({
    number: 0,
    from: forward.to,
    to: forward.from,
    message: refusalOf(cluster, forward.to, forward.message),
  })
  cluster.settle()
  golden('story-forward', narrator.lines)
  assert.is(cluster.flights.length, 0)
})

/** What an owner with too much to do would answer. */
function refusalOf(
  cluster: TestCluster,
  from: string,
  message: ReturnType<TestCluster['one']>['message'],
) {
  const { options, node } = cluster.box(from)
  return {
    kind: 'forward_failed',
    clusterId: options.clusterId,
    from: options.id,
    incarnation: node?.incarnation ?? 0,
    ringEpoch: 1,
    request: 'request' in message ? message.request : 0,
    asked: message.incarnation,
    code: 'not_accepted',
  } as const
}

test('story: a delete without a context reads first', () => {
  const { cluster, key } = scene()
  cluster.submit('n2', put(key, 'apple'))
  cluster.settle()
  const narrator = new Narrator(cluster)
  narrator.say('The client has not read; what a quorum holds is what it deletes.')
  cluster.submit('n1', put(key, null))
  cluster.settle()
  narrator.say('A get then finds nothing, but gives a context.')
  cluster.submit('n3', get(key))
  cluster.settle()
  golden('story-delete', narrator.lines)
  assert.is(cluster.flights.length, 0)
})

test('story: no owner can be reached, so two fallbacks keep the write', () => {
  const { cluster, key } = scene()
  for (const owner of ['n1', 'n2', 'n3']) cluster.isolate(owner)
  lookLong(cluster)
  const narrator = new Narrator(cluster)
  narrator.say(
    'n4 and n5 are alone. W=2 is met by hints; the coordinator keeps that of the third owner.',
  )
  cluster.submit('n4', put(key, 'apple'))
  cluster.settle()
  narrator.say(
    'The cut heals. n4 coordinated, so it remembers what it minted after it has handed it over.',
  )
  cluster.heal()
  cluster.run(1_200_000)
  golden('story-fallback', narrator.lines)
  for (const { node } of cluster.boxes) assert.is(node?.hintCount, 0)
})

test.run()
