import { Writable } from 'node:stream'

import tl from 'azure-pipelines-task-lib/task.js'

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })

/**
 * Reads something from task-lib without its debug line: every getter prints the value it returns, secrets included, and the
 * agent masks only what it has been told is a secret.
 */
export function quietly<Value>(read: () => Value): Value {
  tl.setStdStream(nowhere)
  try {
    return read()
  } finally {
    tl.setStdStream(process.stdout)
  }
}
