/** The scenario language's public face. */
export * from './model.js'
export { loadScenario, type Loaded, type LoadOptions } from './load.js'
export { formatProblem, type Problem } from './problem.js'
export { scenarioJsonSchema } from './schema/schema.js'
export type { RandomStream } from './stream.js'
export { expandTimeline, type TimelineEntry } from './timeline.js'
export { createWorkload, tagOf, type Workload } from './workload.js'
export { writeScenario } from './write.js'
