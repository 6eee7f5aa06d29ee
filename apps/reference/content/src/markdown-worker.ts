import { parentPort } from 'node:worker_threads'
import { renderMarkdown } from './render-markdown.ts'

parentPort?.on('message', (markdown: string) => {
  try {
    parentPort?.postMessage({ html: renderMarkdown(markdown) })
  } catch {
    // Nested so deeply that the stack does not suffice: as unreadable as what takes too long.
    parentPort?.postMessage({ html: null })
  }
})
parentPort?.postMessage('started')
