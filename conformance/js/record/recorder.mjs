// Stands between a test and the packages: classes and functions as the test imports them, each call told to `tell` with what
// came of it. The packages' files stay as they were installed. Runs in Node and in a browser's page.

/** What a constructor was given, in the words of surface.mjs. */
function givenTo(values) {
  const [first, ...rest] = values;
  if (rest.some((value) => typeof value?.getToken === 'function')) return ['endpoint, token credential'];
  if (rest.some((value) => typeof value?.key === 'string')) return ['endpoint, key'];
  if (typeof first === 'string') return ['connection string', 'token'];
  return first?.tokenCredential ? ['directory options'] : ['options'];
}

export class Recorder {
  /**
   * `tell({ package, key, ok, status })` hears of each call that a test made itself. `inside` has `run(function)` and `active()`:
   * calls that a package makes of its own accord while it answers another are its own business.
   */
  constructor(tell, inside) {
    this.tell = tell;
    this.inside = inside;
    this.listeners = new WeakMap();
    /** How an instance was made: that counts when a request of the instance is answered. */
    this.makers = new WeakMap();
  }

  /** The exports of a package, as `surface` lists its methods, with every one of them listened to. */
  exportsOf(name, real, { exports, methods }) {
    const recorded = {};
    for (const key of exports) {
      const own = methods.filter(({ owner }) => owner === key);
      recorded[key] = own.length > 0 ? this.#export(name, real[key], own) : real[key];
    }
    return recorded;
  }

  #export(name, original, own) {
    if (own[0].kind === 'function') return this.#wrap(name, original, () => own[0].key, []);
    for (const method of new Set(own.map((row) => row.name))) {
      if (!method) continue;
      const rows = own.filter((row) => row.name === method);
      const holder = rows[0].kind === 'static' ? original : original.prototype;
      // A method of a base class is wrapped on the class that a test names.
      holder[method] = this.#wrap(name, holder[method], (first) => (rows[0].event ? rows.find((row) => row.event === first)?.key : rows[0].key), rows);
    }
    return this.#constructible(name, original, own);
  }

  #constructible(name, original, own) {
    const recorder = this;
    return new Proxy(original, {
      construct(target, values, as) {
        const given = givenTo(values);
        const key = own.find((row) => given.some((words) => row.key === `new ${row.owner}(${words})`))?.key;
        const made = recorder.inside.run(() => Reflect.construct(target, values, as));
        recorder.makers.set(made, key);
        return made;
      },
    });
  }

  #wrap(name, original, keyOf, rows) {
    const recorder = this;
    return function recorded(...values) {
      if (recorder.inside.active()) return original.apply(this, values);
      const key = keyOf(values[0]);
      const listening = rows[0]?.event && typeof values[1] === 'function';
      if (listening) values[1] = recorder.#listener(name, values[0], values[1], key);
      let answer;
      try {
        answer = recorder.inside.run(() => original.apply(this, values));
      } catch (error) {
        recorder.#refused(name, key, error);
        throw error;
      }
      if (listening && rows[0].name === 'on') return answer;
      if (rows.some((row) => row.kind === 'pages')) return recorder.#iterator(name, key, answer, this);
      return recorder.#answer(name, key, answer, this);
    };
  }

  /** An event counts when it arrives. One function for a listener and an event, so that `off` finds it. */
  #listener(name, event, listener, key) {
    if (!this.listeners.has(listener)) this.listeners.set(listener, new Map());
    const ofListener = this.listeners.get(listener);
    if (!ofListener.has(event)) {
      ofListener.set(event, (...values) => {
        this.#done(name, key);
        return listener(...values);
      });
    }
    return ofListener.get(event);
  }

  #answer(name, key, answer, instance) {
    const came = () => [key, this.makers.get(instance)].forEach((one) => this.#done(name, one));
    if (typeof answer?.then === 'function') answer.then(came, (error) => this.#refused(name, key, error));
    else this.#done(name, key);
    return answer;
  }

  /** Pages are asked for when they are walked; the iterator is the package's own. */
  #iterator(name, key, iterator, instance) {
    const walked = (one, keyOfStep) => {
      const next = one.next.bind(one);
      one.next = (...values) => this.#answer(name, keyOfStep, this.inside.run(() => next(...values)), instance);
      return one;
    };
    const byPage = iterator.byPage.bind(iterator);
    iterator.byPage = (...values) => walked(byPage(...values), `${key}().byPage`);
    return walked(iterator, key);
  }

  #done(name, key) {
    if (key) this.tell({ package: name, key, ok: true });
  }

  #refused(name, key, error) {
    if (key) this.tell({ package: name, key, ok: false, status: error?.statusCode });
  }
}
