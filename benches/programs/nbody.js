const PI = 3.141592653589793, SM = 4 * PI * PI, D = 365.24;
const body = (x, y, z, vx, vy, vz, mass) => ({ x, y, z, vx, vy, vz, mass });
function advance(bodies, n, dt) {
  for (let i = 0; i < n; i++) {
    const b = bodies[i];
    for (let j = i + 1; j < n; j++) {
      const c = bodies[j];
      const dx = b.x - c.x, dy = b.y - c.y, dz = b.z - c.z;
      const d2 = dx*dx + dy*dy + dz*dz;
      const mag = dt / (d2 * Math.sqrt(d2));
      b.vx -= dx * c.mass * mag; b.vy -= dy * c.mass * mag; b.vz -= dz * c.mass * mag;
      c.vx += dx * b.mass * mag; c.vy += dy * b.mass * mag; c.vz += dz * b.mass * mag;
    }
  }
  for (let i = 0; i < n; i++) { const b = bodies[i]; b.x += dt * b.vx; b.y += dt * b.vy; b.z += dt * b.vz; }
}
function energy(bodies, n) {
  let e = 0;
  for (let i = 0; i < n; i++) {
    const b = bodies[i];
    e += 0.5 * b.mass * (b.vx*b.vx + b.vy*b.vy + b.vz*b.vz);
    for (let j = i + 1; j < n; j++) {
      const c = bodies[j];
      const dx = b.x - c.x, dy = b.y - c.y, dz = b.z - c.z;
      e -= (b.mass * c.mass) / Math.sqrt(dx*dx + dy*dy + dz*dz);
    }
  }
  return e;
}
function main() {
  const bs = [
    body(0,0,0,0,0,0,SM),
    body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694*D, 0.00769901118419740425*D, -0.0000690460016972063023*D, 0.000954791938424326609*SM),
    body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411*D, 0.00499852801234917238*D, 0.0000230417297573763929*D, 0.000285885980666130812*SM),
    body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618*D, 0.00237847173959480950*D, -0.0000296589568540237556*D, 0.0000436624404335156298*SM),
    body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322*D, 0.00162824170038242295*D, -0.0000951592254519715870*D, 0.0000515138902046611451*SM),
  ];
  for (let i = 0; i < 500000; i++) advance(bs, 5, 0.001);
  return energy(bs, 5).toFixed(9);
}
console.log(main());
