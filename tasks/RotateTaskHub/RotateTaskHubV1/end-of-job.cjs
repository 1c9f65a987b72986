// What the agent starts when the job ends: the task's one bundle, which asks for this mark (tasks/agent/end-of-job.ts).
globalThis.durableSafeDeploymentEndOfJob = true
require('./index.js')
