import { connect } from '../../agent/connect.ts'
import { runTask } from '../../agent/run-task.ts'
import { cleanupTaskHub } from '../run.ts'
import { readCleanupInputs } from './inputs.ts'

runTask(
  async (agent, signal) => await cleanupTaskHub(readCleanupInputs(agent), connect(agent), signal),
  'CleanupTaskHub',
)
