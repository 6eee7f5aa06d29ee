/** Files of fixed names that are neither code nor pictures. */

const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f7a5c"/><path d="M8 24V13a8 8 0 0 1 16 0v11M16 24V13M12 24v-9M20 24v-9" fill="none" stroke="#fff" stroke-width="2.25" stroke-linecap="round"/></svg>\n`

/** https://www.w3.org/TR/appmanifest/ */
const manifest = {
  name: 'Greengate',
  short_name: 'Greengate',
  id: '/',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  background_color: '#ffffff',
  theme_color: '#0f7a5c',
  icons: [
    { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
    { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
    { src: '/icons/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
  shortcuts: [
    { name: 'Posts', url: '/posts' },
    { name: 'Documentation', url: '/docs' },
    { name: 'Workspace', url: '/app' },
  ],
}

/** By the path they are served under. */
export function siteFiles(): Readonly<Record<string, string>> {
  return { 'favicon.svg': mark, 'manifest.webmanifest': `${JSON.stringify(manifest)}\n` }
}
