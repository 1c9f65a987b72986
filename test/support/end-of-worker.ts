// Mocha's pool sends SIGTERM to a worker that has not ended a second after it was told to (workerpool, WorkerHandler.js
// `terminate`). Writing what a run has covered takes longer where there is much of it, and would be lost; the worker ends by itself.
if (process.send) process.on('SIGTERM', () => undefined)
