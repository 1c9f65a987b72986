import { connect } from '../../agent/connect.ts'
import { runTask } from '../../agent/run-task.ts'
import { checkNoRunningOrchestrations } from '../run.ts'
import { readCheckInputs } from './inputs.ts'

runTask(
  async (agent, signal) => await checkNoRunningOrchestrations(readCheckInputs(agent), connect(agent), signal),
  'CheckNoRunningOrchestrations',
)
