/** The whole scenario file, and the JSON Schema that editors check it with. */
import { z } from 'zod'
import { cluster } from './cluster.js'
import { expect } from './expect.js'
import { fault } from './fault.js'
import { clocks, cpu, disk, network } from './network.js'
import { count, duration, fields, flag, list, positiveDuration, wants } from './scalar.js'
import { workload } from './workload.js'

const seed = count(0, Number.MAX_SAFE_INTEGER)

const scenarioName = wants(
  'at most 64 lower-case letters, digits and -, starting with a letter or digit',
)

export const scenario = fields({
  name: z
    .string({ error: scenarioName })
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, { error: scenarioName })
    .meta({ description: 'Names the run folder.' }),
  about: z
    .string({ error: wants('a text') })
    .max(10_000, { error: 'longer than 10000 characters' })
    // It is printed on terminals, which would obey.
    .refine((text) => !/[^\P{Cc}\n\r\t]/u.test(text), {
      error: 'holds a control character, such as an escape: leave it out',
    })
    .optional()
    .meta({ description: 'What this scenario teaches, in plain words.' }),
  seed: seed.optional(),
  seeds: fields({
    network: seed.optional(),
    disk: seed.optional(),
    clocks: seed.optional(),
    clients: seed.optional(),
    faults: seed.optional(),
  })
    .optional()
    .meta({ description: 'Seeds of single concerns, where they differ from seed.' }),
  duration: positiveDuration
    .optional()
    .meta({ description: 'Clients run this long. 60s if left out.' }),
  settle: duration.optional().meta({
    description: 'Then all faults are healed; time allowed to converge. 30s if left out.',
  }),
  cluster: cluster.optional(),
  network: network.optional(),
  disk: disk.optional(),
  cpu: cpu.optional(),
  clocks: clocks.optional(),
  workload: workload.optional(),
  faults: list('a list of faults', fault)
    .max(10_000, { error: 'more than 10000 faults' })
    .optional(),
  atlas: flag.optional().meta({
    description:
      'true, if left out: faults leave a good copy of whatever was acknowledged. false: they may not.',
  }),
  expect: expect.optional(),
})

/** JSON Schema (draft 7, which editors' YAML plugins know) of a scenario file. */
export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(scenario, { io: 'input', target: 'draft-7' })
  return { ...schema, title: 'dynamo-sim scenario' }
}
