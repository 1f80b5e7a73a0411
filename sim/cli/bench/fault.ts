/** `--fault kill:n2@10s+5s`: what is done to which nodes, when, and for how long. */
import type { FaultAct, FaultPlan } from '../../../net/bench/fault.js'
import { faultActs } from '../../../net/bench/fault.js'
import { parseDuration } from '../../../scenarios/unit.js'
import { BadInput } from '../exit.js'

const shape = /^([a-z]+):([\w.,-]+)@([^+]+)\+(.+)$/
const example = 'write it as kill:n2@10s+5s: kill, stop or pause; a node; when; for how long'

/** `known`: the nodes of the cluster. @throws BadInput with everything that is wrong */
export function faultsOf(specs: readonly string[], known: readonly string[]): readonly FaultPlan[] {
  const problems: string[] = []
  const plans = specs.flatMap((spec) => {
    const found = planOf(spec, known)
    if (typeof found !== 'string') return [found]
    problems.push(`--fault ${spec}: ${found}`)
    return []
  })
  problems.push(...clashes(plans))
  if (problems.length > 0) throw new BadInput(problems.join('\n'))
  return plans
}

function planOf(spec: string, known: readonly string[]): FaultPlan | string {
  const [, act = '', names = '', at = '', lasts = ''] = shape.exec(spec) ?? []
  if (act === '') return example
  if (!faultActs.some((each) => each === act)) {
    return `${act} is none of ${faultActs.join(', ')}`
  }
  const nodes = names === 'all' ? known : [...new Set(names.split(','))]
  const strange = nodes.find((node) => !known.includes(node))
  if (strange !== undefined) return `no node ${strange}; there are: ${known.join(', ')}, and all`
  const [begins, takes] = [parseDuration(at), parseDuration(lasts)]
  if ('problem' in begins) return begins.problem
  if ('problem' in takes) return takes.problem
  if (takes.value === 0) return 'it lasts no time: say for how long, such as +5s'
  return {
    ...{ act: act as FaultAct, nodes },
    ...{ atMillis: begins.value / 1_000, lastsMillis: takes.value / 1_000 },
  }
}

/** A node that is away cannot be taken away again. */
function clashes(plans: readonly FaultPlan[]): readonly string[] {
  const inTime = [...plans].sort((a, b) => a.atMillis - b.atMillis)
  return inTime.flatMap((plan, index) =>
    inTime.slice(index + 1).flatMap((later) => {
      const both = plan.nodes.filter((node) => later.nodes.includes(node))
      if (both.length === 0 || later.atMillis >= plan.atMillis + plan.lastsMillis + spareMillis) {
        return []
      }
      const first = `${plan.act} at ${seconds(plan.atMillis)} for ${seconds(plan.lastsMillis)}`
      const second = `${later.act} at ${seconds(later.atMillis)}`
      return [
        `--fault: ${both.join(', ')}: ${first}, and ${second}: leave ${seconds(spareMillis)} at ` +
          'least between them',
      ]
    }),
  )
}

/** A node needs some time to come back. */
const spareMillis = 5_000

const seconds = (millis: number): string => `${String(millis / 1_000)}s`
