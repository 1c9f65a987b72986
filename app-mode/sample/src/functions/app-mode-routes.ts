import type { HttpMethod } from '@azure/functions'
import { app } from '@azure/functions'
import { appMode } from '../app-mode.js'

const routes: readonly (readonly [string, HttpMethod])[] = [
  ['prepare', 'POST'],
  ['mode', 'GET'],
  ['resume', 'POST'],
]

for (const [route, method] of routes) {
  app.http(`app-mode-${route}`, {
    methods: [method],
    authLevel: 'function',
    route: `app-mode/${route}`,
    handler: async (request) => await appMode.handle(request),
  })
}
