import { connect } from '../../agent/connect.ts'
import { runTask } from '../../agent/run-task.ts'
import { slotSwap } from '../run.ts'
import { readSlotSwapInputs } from './inputs.ts'

runTask(async (agent, signal) => await slotSwap(readSlotSwapInputs(agent), connect(agent), signal), 'SlotSwap')
