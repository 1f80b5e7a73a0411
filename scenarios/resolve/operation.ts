/** A workload that is written down: each operation, and what cannot stand beside them. */
import type { Draft, Problems } from '../decode.js'
import { operationKinds } from '../model.js'
import type * as schema from '../schema/workload.js'
import { clientIndex } from '../script.js'
import type { ScriptedOperation } from '../model.js'
import type { Path } from '../source.js'
import { formatDuration, quote } from '../unit.js'
import { checkNames, clientName, type Names } from './name.js'

type WorkloadDraft = Draft<typeof schema.workload>
type OperationDraft = NonNullable<NonNullable<WorkloadDraft['operations']>[number]>

/** As many as are named, where operations are written down and nobody says how many. */
export function clientsOf({ clients, operations }: WorkloadDraft): number {
  if (clients !== undefined) return clients
  if (operations === undefined) return 8
  const named = operations.map((one) => one?.client ?? '').filter((one) => clientName.test(one))
  return named.reduce((most, one) => Math.max(most, clientIndex(one) + 1), 1)
}

const draws = ['think', 'rate', 'surges', 'keys', 'mix'] as const

export function refuseDraws(draft: WorkloadDraft, problems: Problems): void {
  if (draft.operations === undefined) {
    if (draft.in_turn === undefined) return
    problems.add(['workload', 'in_turn'], 'in_turn belongs to operations, which is not here', 'key')
    return
  }
  for (const key of draws) {
    if (draft[key] === undefined) continue
    const message = `${key} draws what is asked, and operations says it: remove one of them`
    problems.add(['workload', key], message, 'key')
  }
}

interface Surroundings {
  readonly durationMicros: number
  readonly names: Names
}

/** By time; those of one time in the order of the file. */
export function resolveOperations(
  draft: WorkloadDraft,
  around: Surroundings,
  problems: Problems,
): readonly ScriptedOperation[] | null {
  if (draft.operations === undefined) return null
  const operations = draft.operations.flatMap((one, index) => {
    if (one === undefined) return []
    const operation = resolveOne(one, ['workload', 'operations', index], around, problems)
    return operation === null ? [] : [operation]
  })
  return operations.sort((left, right) => left.atMicros - right.atMicros)
}

function resolveOne(
  draft: OperationDraft,
  path: Path,
  { names, durationMicros }: Surroundings,
  problems: Problems,
): ScriptedOperation | null {
  if (problems.touch(...path)) return null
  const { at = 0, client = 'c1', node = null } = draft
  const given = operationKinds.filter((kind) => draft[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    const asked = given.length === 0 ? 'what is asked?' : `${given.join(' and ')}: one at a time.`
    problems.add(path, `${asked} Give one of ${operationKinds.join(', ')}, with a key`)
    return null
  }
  if (!clientName.test(client)) {
    problems.add([...path, 'client'], `${quote(client)} is no client: they are c1, c2, ...`)
  } else if (names.clients !== null && clientIndex(client) >= names.clients) {
    const message = `no client ${client}: the clients are c1 to c${String(names.clients)}`
    problems.add([...path, 'client'], message)
  }
  if (node !== null) checkNames([node], [...path, 'node'], names, problems)
  if (at >= durationMicros && !problems.touch('duration')) {
    const end = `the duration (${formatDuration(durationMicros)})`
    problems.add([...path, 'at'], `starts after ${end}: clients have stopped by then`)
  }
  return { atMicros: at, client, kind, key: draft[kind] ?? '', node }
}
