// The theme joins the words of a search by OR: a page with one of them many times comes before one
// that has them all. Here they are joined by AND first, and by OR only where that finds nothing.
// It stands between the theme's script and its worker, whose messages are {type, data}: 2 asks,
// 3 answers. It comes before the theme's script.
{
  const ASKS = 2, ANSWERS = 3
  // words that the index leaves out; asked for, they would be found nowhere
  const COMMON = new Set(("a about after all also am an and any are as at be because been but by can did do does for " +
    "from get got had has have he how i if in into is it its just let like me my no nor not of off on only or other our " +
    "own rather said say so some than that the their them then there these they this to too us was we were what when " +
    "where which while who why will with would you your").split(" "))

  // every word must be there, or a longer one that begins with it; signs that mean something are left alone
  const all = (query) => {
    if (typeof query !== "string" || /[*+~^]|\S:\S|(?:^|\s)-/.test(query)) return query
    const words = query.toLowerCase().split(/[\s\-_,:;!?=[\]()"'`/\\]+|\.(?!\d)/).filter(Boolean)
    const asked = words.filter((each) => !COMMON.has(each))
    return asked.length ? asked.map((each) => `+${each}*`).join(" ") : query
  }

  window.Worker = class extends window.Worker {
    constructor(...given) {
      super(...given)
      this.asked = []
      // before the theme's own: an empty answer is not passed on, and the looser question asked
      this.addEventListener("message", (event) => {
        if (event.data?.type !== ANSWERS) return
        const query = this.asked.shift()
        if (query !== undefined && !event.data.data?.items?.length) {
          event.stopImmediatePropagation()
          this.asked.push(undefined)
          super.postMessage({ type: ASKS, data: query })
        }
      })
    }

    postMessage(message, ...rest) {
      if (message?.type !== ASKS) return super.postMessage(message, ...rest)
      const strict = all(message.data)
      this.asked.push(strict === message.data ? undefined : message.data)
      super.postMessage({ ...message, data: strict }, ...rest)
    }
  }
}
