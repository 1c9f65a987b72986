import { connect } from '../../agent/connect.ts'
import { isEndOfJob, runEndOfJob } from '../../agent/end-of-job.ts'
import { readHostJson } from '../../agent/package-file.ts'
import { runTask } from '../../agent/run-task.ts'
import { releaseAfterFailedJob } from '../end-of-job.ts'
import { rotateTaskHub } from '../run.ts'
import { readRotateInputs } from './inputs.ts'

const title = 'RotateTaskHub'

/** Kept from the start of a rotation with the lock: without it the end of the job has nothing to look for. */
const claimed = 'DeploymentLockClaimed'

if (isEndOfJob()) {
  runEndOfJob(
    {
      body: async (agent, job, signal) => {
        if (agent.kept(claimed) === undefined) return ''
        return await releaseAfterFailedJob(readRotateInputs(agent), connect(agent), job, signal)
      },
      trouble: (why) =>
        `What becomes of the deployment lock could not be settled at the end of this job: ${why} Where this run still holds it, ` +
        'it stays until it expires, or until RotateTaskHub gives it back with input release.',
    },
    title,
  )
} else {
  runTask(async (agent, signal) => {
    const mayHoldLock = () => agent.keep(claimed, 'true')
    return await rotateTaskHub(readRotateInputs(agent), { ...connect(agent), readHostJson, mayHoldLock }, signal)
  }, title)
}
