import { app } from '@azure/functions'
import { createAppMode } from 'functions-app-mode'

// The directory goes with the build: what an older version was told must not reach a newer one. Without APP_MODE_DIRECTORY
// each process speaks for itself, which is enough for one instance.
const shared = process.env['APP_MODE_DIRECTORY']
const build = process.env['BUILD_ID'] || process.env['TaskHubName']
if (shared && !build) throw new Error('The app setting BUILD_ID is not set; it names the folder in APP_MODE_DIRECTORY.')

export const appMode = createAppMode(shared ? { directory: `${shared}/${build}` } : {})

app.hook.appTerminate(async () => {
  await appMode.close()
})
