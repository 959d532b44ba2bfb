from math import sqrt
class Body:
    __slots__ = ("x", "y", "z", "vx", "vy", "vz", "mass")
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x = x; self.y = y; self.z = z; self.vx = vx; self.vy = vy; self.vz = vz; self.mass = mass
PI = 3.141592653589793
SM = 4 * PI * PI
D = 365.24
def advance(bodies, n, dt):
    for i in range(n):
        b = bodies[i]
        for j in range(i + 1, n):
            c = bodies[j]
            dx = b.x - c.x; dy = b.y - c.y; dz = b.z - c.z
            d2 = dx*dx + dy*dy + dz*dz
            mag = dt / (d2 * sqrt(d2))
            b.vx -= dx * c.mass * mag
            b.vy -= dy * c.mass * mag
            b.vz -= dz * c.mass * mag
            c.vx += dx * b.mass * mag
            c.vy += dy * b.mass * mag
            c.vz += dz * b.mass * mag
    for i in range(n):
        b = bodies[i]
        b.x += dt * b.vx
        b.y += dt * b.vy
        b.z += dt * b.vz
def energy(bodies, n):
    e = 0.0
    for i in range(n):
        b = bodies[i]
        e += 0.5 * b.mass * (b.vx*b.vx + b.vy*b.vy + b.vz*b.vz)
        for j in range(i + 1, n):
            c = bodies[j]
            dx = b.x - c.x; dy = b.y - c.y; dz = b.z - c.z
            e -= (b.mass * c.mass) / sqrt(dx*dx + dy*dy + dz*dz)
    return e
def main():
    bs = [
        Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SM),
        Body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694*D, 0.00769901118419740425*D, -0.0000690460016972063023*D, 0.000954791938424326609*SM),
        Body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411*D, 0.00499852801234917238*D, 0.0000230417297573763929*D, 0.000285885980666130812*SM),
        Body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618*D, 0.00237847173959480950*D, -0.0000296589568540237556*D, 0.0000436624404335156298*SM),
        Body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322*D, 0.00162824170038242295*D, -0.0000951592254519715870*D, 0.0000515138902046611451*SM),
    ]
    for _ in range(500000):
        advance(bs, 5, 0.001)
    return "%.9f" % energy(bs, 5)
print(main())
