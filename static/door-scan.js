// Reading codes with the camera, where the browser can by itself.

const EVERY_MS = 150;
const SAME_AGAIN_MS = 4000;

export function canScan() {
  return "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
}

export class Scanner {
  #stream = null;
  #timer = 0;
  #last = { text: "", at: 0 };

  constructor(video, onText) {
    this.video = video;
    this.onText = onText;
  }

  get isOn() { return this.#stream !== null; }

  async start() {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    this.video.srcObject = this.#stream;
    await this.video.play();
    const look = async () => {
      if (!this.isOn) return;
      try {
        const [found] = await detector.detect(this.video);
        if (found) this.#see(found.rawValue);
      } catch { /* a picture that cannot be read is followed by another */ }
      this.#timer = setTimeout(look, EVERY_MS);
    };
    look();
  }

  #see(text) {
    const isSame = text === this.#last.text && Date.now() - this.#last.at < SAME_AGAIN_MS;
    this.#last = { text, at: Date.now() };
    if (!isSame) this.onText(text);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.video.srcObject = null;
  }
}
