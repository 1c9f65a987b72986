import { judgeRecordings } from './judge-recordings.ts'

judgeRecordings('dtfx-1')
