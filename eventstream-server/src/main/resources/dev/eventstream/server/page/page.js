(() => {
  'use strict';

  const ENDPOINT = new URL('v1/events', document.baseURI).href;
  const MAX_ROWS = 200;        // lines kept in the log
  const MAX_SAMPLES = 1000;    // latencies kept for the median
  const SLOTS = 96;            // events shown in the stream
  const WATER_LINE = 48;       // of 62 units; kept events stand on it, failed ones hang from it
  const TIMEOUT_MS = 60_000;

  const LABELS = {
    pending: 'Pending', indexed: 'Indexed', duplicate: 'Duplicate', spooled: 'Spooled',
    dead_lettered: 'Dead-lettered', dropped: 'Dropped', rejected: 'Rejected', refused: 'Refused',
    unreachable: 'Unreachable', failed: 'Failed',
  };
  const TONES = { pending: 'pending', indexed: 'ok', duplicate: 'dup', spooled: 'held', dead_lettered: 'held', dropped: 'dup' };

  const EXAMPLES = {
    one: '{\n  "eventType": "engagement",\n  "eventValue": "click",\n  "user": "u-1042"\n}',
    mixed: '[\n  {"eventType": "pageview", "eventValue": "about"},\n  {"eventValue": "an event without a type"},\n'
      + '  {"eventType": "../../etc", "eventValue": "x"}\n]',
    broken: '[\n  {"eventType": "pageview", "eventValue": "about"},\n  {"eventType": "pageview", "eventVal\n',
  };

  const $ = (id) => document.getElementById(id);
  const list = $('results');
  const composer = $('composer-json');
  const keys = new Map();
  for (const key of document.querySelectorAll('button.key')) {
    keys.set(nameOf(key.dataset), { button: key, waiting: 0 });
  }

  const totals = { published: 0, indexed: 0, held: 0, failed: 0 };
  const samples = [];
  const stream = [];
  let paintDue = false;

  // ---- publishing ----------------------------------------------------------------------------

  /** Sends a body unchanged. `events` is what the body probably holds: one {type, value} per event, or a text (`stands`) instead. */
  async function publish(body, events) {
    const entries = open(events);
    $('curl').textContent = curl(body);
    const began = performance.now();
    const answer = await send(body);
    settle(entries, answer, performance.now() - began);
  }

  /** Sends one request. Never throws: errors are returned as a `failure`. */
  async function send(body) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    let response = null;
    try {
      response = await fetch(ENDPOINT, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, application/problem+json' },
        body,
        cache: 'no-store',
        signal: abort.signal,
      });
      return read(response, await response.text());
    } catch {
      const status = response ? response.status : undefined;
      if (abort.signal.aborted) {
        return failure('unreachable', status, 'timeout', `No answer within ${TIMEOUT_MS / 1000} s. The event may still have been accepted.`);
      }
      if (response) {
        return failure('unreachable', status, 'connection_lost', 'The connection broke while the answer was read. The event may still have been accepted.');
      }
      return failure('unreachable', status, 'network_error',
        navigator.onLine === false ? 'This browser is offline.' : 'The server cannot be reached.');
    } finally {
      clearTimeout(timer);
    }
  }

  /** Converts an HTTP answer to {results, rest}: a result per event, and what to show for events without one. */
  function read(response, text) {
    const status = response.status;
    const phrase = [status, response.statusText].filter(Boolean).join(' ');
    const retryAfter = seconds(response.headers.get('retry-after'));
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      const type = (response.headers.get('content-type') || '').split(';')[0] || 'no content type';
      const answer = failure(refusing(status) ? 'refused' : 'failed', status, 'not_json',
        `${phrase}: ${text ? `the answer is not JSON but ${type}` : 'the answer is empty'}. It may come from a proxy.`);
      answer.rest.retryAfter = retryAfter;
      return answer;
    }
    const object = json !== null && typeof json === 'object';
    const results = object && Array.isArray(json.results)
      ? json.results.map((result) => (result !== null && typeof result === 'object' ? result : {})) : [];
    const ok = status < 400;
    const title = object && word(json.title);
    const detail = object && word(json.detail);
    const kind = object && word(json.type) !== 'about:blank' ? word(json.type) : '';
    return {
      results,
      retryAfter,
      problem: Boolean(title || detail),
      rest: {
        outcome: refusing(status) ? 'refused' : status >= 400 && status < 500 ? 'rejected' : 'failed',
        status,
        retryAfter,
        error: {
          type: kind.replace(/^.*[/:#]/, ''),
          reason: ok ? 'The answer says nothing about this event.'
            : [title, detail].filter(Boolean).join(': ') || phrase,
        },
      },
    };
  }

  const refusing = (status) => status === 503 || status === 429;

  function failure(outcome, status, type, reason) {
    return { results: [], rest: { outcome, status, error: { type, reason } } };
  }

  /** Retry-After as seconds, from a number or a date. */
  function seconds(header) {
    if (!header) return undefined;
    if (/^\d+$/.test(header.trim())) return Number(header);
    const at = Date.parse(header);
    return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
  }

  // ---- results -------------------------------------------------------------------------------

  /** Shows events as pending, first event of a batch on top, and counts them. */
  function open(events) {
    const now = new Date();
    const entries = events.map((event) => ({ ...event, outcome: 'pending', tone: 'pending', latency: 0, row: null }));
    const shown = Math.min(entries.length, MAX_ROWS);
    const lines = document.createDocumentFragment();
    for (let i = 0; i < shown; i++) {
      const entry = entries[i];
      entry.row = row(entry, now);
      if (entries.length > 1) {
        entry.row.dataset.batch = i === 0 ? 'first' : i === shown - 1 ? 'last' : 'middle';
      }
      lines.append(entry.row);
    }
    list.prepend(lines);
    while (list.childElementCount > MAX_ROWS) list.lastElementChild.remove();

    for (const entry of entries) {
      const key = keys.get(nameOf(entry));
      if (key) {
        key.waiting++;
        key.button.dataset.tone = 'pending';
      }
      stream.push(entry);
    }
    stream.splice(0, stream.length - SLOTS);
    totals.published += entries.length;
    paint();
    return entries;
  }

  /** Gives every event its own outcome. */
  function settle(entries, answer, latency) {
    const count = answer.results.length;
    if (entries[0].stands && answer.problem) {
      // The body could not be read to its end: first what was read, then what is wrong with the rest.
      entries = [...open(answer.results.map((_, i) => ({ type: '', value: '', stands: `event ${i + 1}` }))), ...entries];
    } else if (count > entries.length) {
      entries = [...entries, ...open(answer.results.slice(entries.length).map(() => ({ type: '', value: '', stands: 'a further event' })))];
    }
    entries.forEach((entry, i) => {
      const own = i < count ? answer.results[i] : answer.rest;
      const result = own === answer.rest || word(own.outcome) ? own : { ...answer.rest, ...own, outcome: answer.rest.outcome };
      entry.outcome = word(result.outcome);
      entry.tone = TONES[entry.outcome] || (!LABELS[entry.outcome] && result.status < 300 ? 'ok' : 'bad');
      entry.latency = latency;
      if (entry.tone === 'ok' || entry.tone === 'dup') totals.indexed++;
      else if (entry.tone === 'held') totals.held++;
      else totals.failed++;
      const key = keys.get(nameOf(entry));
      if (key && --key.waiting === 0) key.button.dataset.tone = entry.tone;
      if (entry.row) fill(entry, result, answer.retryAfter);
    });
    if (answer.rest.outcome !== 'unreachable') {
      samples.push(latency);
      if (samples.length > MAX_SAMPLES) samples.shift();
    }
    paint();
  }

  function row(entry, now) {
    const line = make('li', 'result');
    line.dataset.type = entry.type;
    line.dataset.value = entry.value;
    line.dataset.outcome = 'pending';
    line.dataset.tone = 'pending';
    line.setAttribute('aria-busy', 'true');
    const time = make('time', 'c-time', clock(now));
    time.dateTime = now.toISOString();
    line.append(
      time,
      make('span', 'c-outcome', make('span', 'dot'), LABELS.pending),
      make('span', 'c-event',
        make('span', entry.value ? 'value' : 'value none', brief(entry.value) || entry.stands || 'no value'), ' ',
        make('span', 'type', brief(entry.type) || (entry.stands ? '' : 'no type'))),
      make('span', 'c-code'),
      make('span', 'c-doc'),
      make('span', 'c-status'),
      make('span', 'c-latency', '…'),
    );
    return line;
  }

  function fill(entry, result, retryAfterHeader) {
    const line = entry.row;
    const [, outcome, , code, doc, status, latency] = line.children;
    const id = word(result.id);
    const index = word(result.index);
    const eventId = word(result.eventId);
    Object.assign(line.dataset, { outcome: entry.outcome, tone: entry.tone, id, index, eventId });

    outcome.lastChild.data = LABELS[entry.outcome] || entry.outcome;
    if (eventId) code.append(make('span', 'label', 'event ID '), make('span', 'code', eventId));
    if (id) doc.append(make('span', 'id', make('span', 'vh', 'document '), id), ' ');
    if (index) doc.append(make('span', 'index', make('span', 'label', 'in '), index), ' ');
    if (result.error) doc.append(why(entry, result, retryAfterHeader));
    else if (entry.outcome === 'refused') doc.append(why(entry, { ...result, error: {} }, retryAfterHeader));
    if (result.status) status.append(make('span', 'vh', 'status '), String(result.status));
    latency.textContent = `${millis(entry.latency)} ms`;
    line.removeAttribute('aria-busy');
  }

  /** The reason in words, when to try again, and the machine's name for the error. */
  function why(entry, result, retryAfterHeader) {
    const error = typeof result.error === 'string' ? { reason: result.error } : result.error;
    const parts = [brief(word(error.reason), 600) || (error.type ? '' : 'No reason given.')];
    const retry = result.retryAfter ?? retryAfterHeader;
    if (entry.outcome === 'refused' && retry !== undefined) {
      parts.push(make('span', 'hint', retry > 0 ? `Try again in ${retry} s.` : 'Try again now.'));
    }
    const where = Number.isInteger(result.position) ? `position ${result.position}` : '';
    const kind = [word(error.type), where].filter(Boolean).join(' · ');
    if (kind) parts.push(make('span', 'kind', kind));
    return make('span', 'why', ...parts.flatMap((part) => (part ? [part, ' '] : [])));
  }

  // ---- totals and stream ---------------------------------------------------------------------

  const NS = 'http://www.w3.org/2000/svg';
  const bars = Array.from({ length: SLOTS }, (_, i) => {
    const bar = document.createElementNS(NS, 'rect');
    bar.setAttribute('x', String(i * 3 + 0.5));
    bar.setAttribute('width', '2');
    $('stream').append(bar);
    return bar;
  });

  function paint() {
    if (paintDue) return;
    paintDue = true;
    requestAnimationFrame(() => {
      paintDue = false;
      for (const [name, total] of Object.entries(totals)) {
        const figure = $(`sum-${name}`);
        figure.textContent = String(total);
        figure.dataset.some = String(total > 0);
      }
      $('sum-latency').textContent = samples.length ? millis(median(samples)) : '–';
      $('log-empty').hidden = list.childElementCount > 0;
      $('log-note').textContent = list.childElementCount < MAX_ROWS ? 'Newest first' : `Newest ${MAX_ROWS}`;
      bars.forEach((bar, i) => {
        const entry = stream[i - SLOTS + stream.length];
        const tone = entry ? entry.tone : '';
        const share = entry ? Math.min(1, Math.max(0, Math.log10(Math.max(1, entry.latency)) / 4)) : 0;
        const height = !entry ? 2 : tone === 'pending' ? 6 : tone === 'bad' ? 8 + 6 * share : 6 + 40 * share;
        bar.setAttribute('class', tone);
        bar.setAttribute('height', height.toFixed(1));
        bar.setAttribute('y', String(tone === 'bad' ? WATER_LINE : WATER_LINE - height));
      });
    });
  }

  function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  // ---- small things --------------------------------------------------------------------------

  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    element.className = className;
    element.append(...children);
    return element;
  }

  function nameOf({ type, value }) {
    return JSON.stringify([type, value]);
  }

  function word(value) {
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  }

  function brief(text, most = 80) {
    return text.length > most ? `${text.slice(0, most)}…` : text;
  }

  function millis(value) {
    return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
  }

  function clock(date) {
    const two = (n) => String(n).padStart(2, '0');
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  }

  function curl(body) {
    const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
    const option = body.startsWith('@') ? '--data-raw' : '-d';
    return `curl ${quote(ENDPOINT)} \\\n  -H 'content-type: application/json' \\\n  ${option} ${quote(body)}`;
  }

  const bodyOf = ({ type, value }) => ({ eventType: type, eventValue: value });

  // ---- composer ------------------------------------------------------------------------------

  function parsed() {
    try {
      return { json: JSON.parse(composer.value) };
    } catch {
      return null;
    }
  }

  function eventsIn(json) {
    const items = Array.isArray(json) && json.length ? json : [json];
    return items.map((item) => ({ type: brief(word(item?.eventType), 200), value: brief(word(item?.eventValue), 200) }));
  }

  const touch = matchMedia('(pointer: coarse)');

  function hint() {
    const text = composer.value;
    const body = parsed();
    let say = touch.matches ? '' : 'Ctrl + Enter publishes.';
    if (!text.trim()) say = 'An object, or an array of objects.';
    else if (!body) say = 'Not JSON. It is sent unchanged.';
    else if (Array.isArray(body.json)) say = `An array of ${body.json.length}. ${say}`;
    else if (body.json === null || typeof body.json !== 'object') say = 'JSON, but not an event. It is sent unchanged.';
    else say = `One event. ${say}`;
    $('composer-hint').textContent = say;
  }

  function publishComposed() {
    const body = parsed();
    publish(composer.value, body ? eventsIn(body.json) : [{ type: '', value: '', stands: 'the whole body' }]);
  }

  // ---- wiring --------------------------------------------------------------------------------

  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element && event.target.closest('button');
    if (!button) return;
    const { type, value, publishAll, example } = button.dataset;
    if (publishAll) {
      const events = [...keys.values()].map((key) => key.button.dataset)
        .filter((data) => data.type === publishAll).map((data) => ({ type: data.type, value: data.value }));
      publish(JSON.stringify(events.map(bodyOf)), events);
    } else if (type) {
      publish(JSON.stringify(bodyOf({ type, value })), [{ type, value }]);
    } else if (example) {
      composer.value = EXAMPLES[example];
      hint();
    } else if (button.id === 'composer-publish') {
      publishComposed();
    } else if (button.id === 'log-clear') {
      list.replaceChildren();
      paint();
    } else if (button.id === 'curl-copy') {
      copy();
    }
  });

  // A key that is held down is one press, not thirty a second.
  document.addEventListener('keydown', (event) => {
    if (event.repeat && event.target instanceof HTMLButtonElement) event.preventDefault();
  });

  composer.addEventListener('input', hint);
  composer.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat) {
      event.preventDefault();
      publishComposed();
    }
  });

  let copyTimer;
  async function copy() {
    let done = false;
    try {
      await navigator.clipboard.writeText($('curl').textContent); // only on https and localhost
      done = true;
    } catch {
      getSelection().selectAllChildren($('curl'));
      try {
        done = document.execCommand('copy');
      } catch {
        // it stays selected
      }
    }
    $('curl-copy').textContent = done ? 'Copied' : 'Selected';
    $('curl-status').textContent = done ? 'Copied' : 'Selected';
    clearTimeout(copyTimer);
    copyTimer = setTimeout(() => {
      $('curl-copy').textContent = 'Copy';
      $('curl-status').textContent = '';
    }, 2000);
  }

  if (!composer.value) composer.value = EXAMPLES.one;
  hint();
  $('curl').textContent = curl(JSON.stringify(bodyOf({ type: 'pageview', value: 'homepage' })));
  paint();
})();
