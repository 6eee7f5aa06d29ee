/** Runs in the reader's browser: filters, deep links, print. The page says everything without it. */
export const SCRIPT = `(() => {
  'use strict'
  const all = (selector) => [...document.querySelectorAll(selector)]
  const byId = (id) => document.getElementById(id)
  const rows = all('details.control').map((element) => ({ element, text: element.textContent.toLowerCase(), anchor: element.querySelector('.body').id }))
  const tiles = new Map(all('a.tile').map((tile) => [tile.dataset.to, tile]))
  const open = () => {
    const target = location.hash.length > 1 ? byId(decodeURIComponent(location.hash.slice(1))) : null
    const row = target && target.closest('details.control')
    if (!row) return
    if (row.hidden) reset()
    row.open = true
    row.scrollIntoView({ block: 'start' })
    row.querySelector('summary').focus({ preventScroll: true })
  }
  const form = byId('filters')
  if (!form) return
  const find = byId('find'), family = byId('family'), shown = byId('shown'), clear = byId('reset'), toggle = byId('toggle')
  const chips = all('.chip')
  const apply = () => {
    const statuses = new Set(chips.filter((chip) => chip.getAttribute('aria-pressed') === 'true').map((chip) => chip.dataset.status))
    const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean)
    let n = 0
    for (const { element, text, anchor } of rows) {
      const fits = (statuses.size === 0 || statuses.has(element.dataset.status)) && (family.value === '' || family.value === element.dataset.family) && words.every((word) => text.includes(word))
      element.hidden = !fits
      if (fits) n++
      const tile = tiles.get(anchor)
      if (tile) tile.classList.toggle('dim', !fits)
    }
    for (const group of all('.group')) group.hidden = !group.querySelector('details.control:not([hidden])')
    const filtered = statuses.size > 0 || words.length > 0 || family.value !== ''
    clear.hidden = !filtered
    shown.textContent = filtered ? (n === 0 ? 'No control fits' : n + ' of ' + rows.length + ' controls') : rows.length + ' controls'
  }
  const reset = () => {
    find.value = ''
    family.value = ''
    for (const chip of chips) chip.setAttribute('aria-pressed', 'false')
    apply()
  }
  form.hidden = false
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('input', apply)
  for (const chip of chips) chip.addEventListener('click', () => {
    chip.setAttribute('aria-pressed', String(chip.getAttribute('aria-pressed') !== 'true'))
    apply()
  })
  clear.addEventListener('click', () => { reset(); find.focus() })
  toggle.addEventListener('click', () => {
    const visible = rows.filter(({ element }) => !element.hidden)
    const opens = visible.some(({ element }) => !element.open)
    for (const { element } of visible) element.open = opens
    toggle.textContent = opens ? 'Close all' : 'Open all'
  })
  addEventListener('keydown', (event) => {
    if (event.key === '/' && !event.ctrlKey && !event.metaKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault()
      find.focus()
    }
  })
  addEventListener('hashchange', open)
  addEventListener('beforeprint', () => { for (const { element } of rows) if (element.closest('.bad, .open')) element.open = true })
  apply()
  open()
})()`
