// One version of an app: an HTTP starter, an orchestration and its activity, named after the version, so that the code of
// another version cannot go on with what this one began.

const host = (visibilitySeconds: number) => {
  const visibility = `00:00:${String(visibilitySeconds).padStart(2, '0')}`
  const storageProvider = { controlQueueVisibilityTimeout: visibility, workItemQueueVisibilityTimeout: visibility }
  // One process does it all here: without these, work that waits would starve the starter of its answers.
  const most = { maxConcurrentOrchestratorFunctions: 1, maxConcurrentActivityFunctions: 1 }
  return { version: '2.0', extensions: { durableTask: { hubName: '%TaskHubName%', storageProvider, ...most } } }
}

/** The files of a version. `visibilitySeconds`: when what a killed process had in hand comes back, below 60. */
export function appFiles(version: string, visibilitySeconds: number): Readonly<Record<string, string>> {
  return {
    'host.json': JSON.stringify(host(visibilitySeconds)),
    'package.json': JSON.stringify({ version }),
    'functions.mjs': `
export const starters = {
  Start: {
    type: 'http', route: 'start/{id}', methods: ['POST'], authLevel: 'anonymous',
    async run({ params }, client) {
      await client.startNew('Run${version}', { begunBy: '${version}' }, params.id)
      return { status: 202, body: { version: '${version}' } }
    },
  },
}
export const orchestrators = {
  *Run${version}(context) {
    const step = yield context.callActivity('Step${version}', context.input)
    return { ...step, endedBy: '${version}' }
  },
}
export const activities = { Step${version}: (input) => ({ ...input, stepBy: '${version}' }) }
`,
  }
}
