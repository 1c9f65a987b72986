import { connectAppMode } from '../../agent/connect.ts'
import { runTask } from '../../agent/run-task.ts'
import { drainFunctionApp } from '../run.ts'
import { readDrainInputs } from './inputs.ts'

runTask(
  async (agent, signal) => await drainFunctionApp(readDrainInputs(agent), connectAppMode(agent), signal),
  'DrainFunctionApp',
)
