import { connect } from '../../agent/connect.ts'
import { readHostJson } from '../../agent/package-file.ts'
import { runTask } from '../../agent/run-task.ts'
import { rotateTaskHub } from '../run.ts'
import { readRotateInputs } from './inputs.ts'

runTask(
  async (agent, signal) => await rotateTaskHub(readRotateInputs(agent), { ...connect(agent), readHostJson }, signal),
  'RotateTaskHub',
)
